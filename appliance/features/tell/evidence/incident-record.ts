import { createHash } from 'node:crypto';
import type { IncidentDetail } from '../../judge/incident/schema.ts';
import { canonicalJson } from './check/canonical-json.ts';

/** Files of a report whose content the record holds the hash of. */
const attachments = {
  'data/captures.json': ({ captures }: Measured) => captures,
  'data/names.json': ({ names }: Measured) => names,
  'data/traces.json': ({ traces }: Measured) => traces,
};
type Measured = Pick<IncidentDetail, 'captures' | 'names' | 'traces'>;

export interface AttachedFile {
  name: string;
  text: string;
  /** False when something of it is gone since the record was made; it has another name then. */
  isWhole: boolean;
}

/** What the chain attests of an incident: all that was decided, and the hashes of what was measured. */
export interface IncidentRecord
  extends Pick<IncidentDetail, 'incident' | 'outages' | 'gaps' | 'busy' | 'timeline' | 'impacts'> {
  format: 'ist-incident';
  version: 1;
  site: string;
  serviceVersion: string;
  isDemo: boolean;
  /** Keeps masked addresses from being found by trying all of them against the hash. Absent where they are masked. */
  nonce?: string;
  attached: Record<string, string>;
}

export interface RecordFacts {
  site: string;
  serviceVersion: string;
  isDemo: boolean;
  nonce?: string;
}

export function recordOf(detail: IncidentDetail, facts: RecordFacts): IncidentRecord {
  const { incident, outages, gaps, busy, timeline, impacts } = plain(detail);
  const attached = Object.fromEntries(
    Object.entries(attachments).map(([name, content]) => [name, sha256(textOf(content(detail)))]),
  );
  const content = { incident, outages, gaps, busy, timeline, impacts, attached };
  return { format: 'ist-incident', version: 1, ...facts, ...content };
}

/** What was measured, as it stands beside a record that speaks of it. */
export function attachedFiles(record: IncidentRecord, detail: Measured, isMasked = false): AttachedFile[] {
  return Object.entries(attachments).map(([name, content]) => {
    const text = textOf(content(detail));
    const isWhole = isMasked || record.attached[name] === sha256(text);
    return { name: isWhole ? name : name.replace('.json', '.now.json'), text, isWhole };
  });
}

/** True when two records say the same of an incident, whenever they were made. */
export function isSameRecord(a: string, b: string): boolean {
  const content = (text: string) => {
    const { nonce: _, serviceVersion: __, ...rest } = JSON.parse(text) as IncidentRecord; // written by recordOf
    return canonicalJson(rest);
  };
  return content(a) === content(b);
}

/** The value as it is after a trip over the wire; a host name may hold what no text may. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_, item) =>
    typeof item === 'string' ? item.toWellFormed() : item,
  );
}

const textOf = (content: unknown) => canonicalJson(plain(content));
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
