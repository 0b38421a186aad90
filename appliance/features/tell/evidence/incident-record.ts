import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { IncidentDetail } from '../../judge/incident/schema.ts';
import { canonicalJson } from './check/canonical-json.ts';

/** What was measured of an incident, by the file of a report that holds it. */
const attachments = {
  'data/captures.json': ({ captures }: Measured) => captures,
  'data/names.json': ({ names }: Measured) => names,
  'data/traces.json': ({ traces }: Measured) => [...traces.before, ...traces.during, ...traces.after],
};
type Measured = Pick<IncidentDetail, 'captures' | 'names' | 'traces'>;

/** What was measured as a record speaks of it, and what has come and gone since. */
export interface Attachment {
  name: string;
  /** A list in which every item is one that the record holds the hash of. */
  text: string;
  /** Items that came after the record was made, as another list; null without any. */
  laterText: string | null;
  /** Items that the record speaks of and that are no longer kept. */
  gone: number;
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
  /** By file, the SHA-256 of each item in it. */
  attached: Record<string, string[]>;
}

export interface RecordFacts {
  site: string;
  serviceVersion: string;
  isDemo: boolean;
  nonce?: string;
}

export async function recordOf(detail: IncidentDetail, facts: RecordFacts): Promise<IncidentRecord> {
  const { incident, outages, gaps, busy, timeline, impacts } = detail;
  const attached: IncidentRecord['attached'] = {};
  for (const [name, itemsOf] of Object.entries(attachments))
    attached[name] = (await hashed(itemsOf(detail))).map(({ hash }) => hash);
  const content = plain({ incident, outages, gaps, busy, timeline, impacts });
  return { format: 'ist-incident', version: 1, ...facts, ...content, attached };
}

/** What was measured, beside a record that speaks of it; a masked record speaks of nothing. */
export async function attachmentsOf(
  record: IncidentRecord,
  detail: Measured,
  isMasked = false,
): Promise<Attachment[]> {
  const made: Attachment[] = [];
  for (const [name, itemsOf] of Object.entries(attachments)) {
    const expected = new Set(record.attached[name]);
    const known: string[] = [];
    const later: string[] = [];
    for (const { text, hash } of await hashed(itemsOf(detail)))
      (isMasked || expected.delete(hash) ? known : later).push(text);
    const laterText = later.length === 0 ? null : `[${later.join(',')}]`;
    made.push({ name, text: `[${known.join(',')}]`, laterText, gone: expected.size });
  }
  return made;
}

/** True when two records say the same of an incident, whenever they were made. */
export function isSameRecord(a: string, b: string): boolean {
  const content = (text: string) => {
    const { nonce: _, serviceVersion: __, ...rest } = JSON.parse(text) as IncidentRecord; // written by recordOf
    return canonicalJson(rest);
  };
  return content(a) === content(b);
}

/** A capture holds a hundred thousand numbers: others have their turn after each. */
async function hashed(items: readonly unknown[]): Promise<{ text: string; hash: string }[]> {
  const done: { text: string; hash: string }[] = [];
  for (const item of items) {
    const text = canonicalText(item);
    done.push({ text, hash: sha256(text) });
    await turn();
  }
  return done;
}

/** A reverse name may hold what no text may; that is rare, and dear to look for in a million numbers. */
function canonicalText(value: unknown): string {
  try {
    return canonicalJson(value);
  } catch {
    return canonicalJson(plain(value));
  }
}

/** The value as it is after a trip over the wire. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_, item) =>
    typeof item === 'string' ? item.toWellFormed() : item,
  );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
