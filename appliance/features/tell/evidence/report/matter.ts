import { toIso } from '../../../../core/clock.ts';
import { AppError } from '../../../../core/errors.ts';
import type { FeatureContext } from '../../../../core/feature.ts';
import type { PointRows } from '../../../../core/storing.ts';
import type { IncidentDetail } from '../../../judge/incident/schema.ts';
import type { Capture } from '../../../watch/black-box/schema.ts';
import type { Target } from '../../../watch/latency/schema.ts';
import type { Chain } from '../chain.ts';
import { bareLink, type StoredLink } from '../chain-table.ts';
import { canonicalJson } from '../check/canonical-json.ts';
import { seriesOf } from '../hour-digest.ts';
import { type Attachment, attachmentsOf, type IncidentRecord, recordOf } from '../incident-record.ts';
import type { ChainLink } from '../schema.ts';

/** What was before and after says as much as what was in between. */
const marginMs = 2 * 60_000;
const recentMs = 5 * 60_000;
const stepsSeconds = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];
/** Per target: an hour by the second. With their 18 numbers, all targets together hold 16 MB at most. */
const maxPoints = 3600;
const maxPointTargets = 32;
/** Links from the incident's to the last one, when they are no more than a week of hours. */
const maxLinks = 200;

/** The points of one target around the outages of an incident. */
export interface TargetPoints {
  target: string;
  stepMs: number;
  /** `atMs`, then `statisticColumns`. */
  rows: PointRows;
}

/** Single exchanges: twenty minutes of twelve targets, twenty a second. A box with 512 MB writes this report. */
const maxExchanges = 300_000;

/** Everything that a report is made from. */
export interface ReportMatter {
  site: string;
  timezone: string;
  serviceVersion: string;
  isDemo: boolean;
  isAnonymous: boolean;
  isClockKnown: boolean;
  madeAt: string;
  device: { publicKey: string; fingerprint: string };
  /** The link that holds the incident; null while it is not in the chain. */
  link: ChainLink | null;
  /** In order, enough to check `link`. */
  links: ChainLink[];
  record: IncidentRecord;
  /** The record, byte for byte as the link speaks of it. */
  recordText: string;
  detail: Pick<IncidentDetail, 'notes' | 'traces' | 'names' | 'captures'>;
  attachments: Attachment[];
  targets: Target[];
  points: TargetPoints[];
}

type Parts = Pick<FeatureContext, 'config' | 'about' | 'store' | 'timeline' | 'port'>;

/** Collects what is known of an incident. Throws `INCIDENT_UNKNOWN`. */
export async function gather(parts: Parts, chain: Chain, id: number): Promise<ReportMatter> {
  const { config, about, timeline } = parts;
  const detail = await parts.port('incident').detail(id);
  if (detail === null)
    throw new AppError('INCIDENT_UNKNOWN', `There is no incident ${id}. GET /api/incidents lists them.`, {
      status: 404,
    });
  const { publicKey, fingerprint } = chain.key;
  const newest = await chain.table.about(`incident-${id}`);
  const stored = newest?.record && isStill(newest.record, detail) ? newest : null;
  const site = config.current.site.name.toWellFormed();
  const facts = { site, serviceVersion: about.version, isDemo: about.isDemo };
  const recordText = stored?.record ?? canonicalJson(await recordOf(detail, facts));
  const record = JSON.parse(recordText) as IncidentRecord; // made by recordOf
  const { notes, traces, names } = detail;
  const captures = fitting(detail.captures);
  const targets = parts
    .port('latency')
    .targets()
    .filter(({ line }) => line === record.incident.line);
  return {
    ...facts,
    timezone: config.current.site.timezone,
    isAnonymous: false,
    isClockKnown: timeline.anchor.isKnown,
    madeAt: toIso(Math.round(timeline.nowMs())),
    device: { publicKey, fingerprint },
    link: stored === null ? null : bareLink(stored),
    links: await excerpt(chain, stored, record),
    record,
    recordText,
    detail: { notes, traces, names, captures },
    attachments: await attachmentsOf(record, { captures, traces, names }),
    targets,
    points: await pointsOf(parts, targets, record),
  };
}

/** Notes, tags and the like may have been added; what was decided must be the same. */
function isStill(recordText: string, { incident }: IncidentDetail): boolean {
  const { incident: recorded } = JSON.parse(recordText) as IncidentRecord; // made by recordOf
  const decided = ({ kind, verdict, startedAt, endedAt, outages }: IncidentDetail['incident']) =>
    canonicalJson({ kind, verdict, startedAt, endedAt, outages });
  return decided(recorded) === decided(incident);
}

/** The first captures, as many as one report can hold. */
function fitting(captures: readonly Capture[]): Capture[] {
  let room = maxExchanges;
  return captures.filter(({ series }) => {
    room -= series.reduce((sum, { offsetsMs }) => sum + offsetsMs.length, 0);
    return room >= 0;
  });
}

/** The keys, the incident's link with what stands around it up to the last one, and the hours in which it happened. */
async function excerpt(chain: Chain, own: StoredLink | null, record: IncidentRecord): Promise<ChainLink[]> {
  const head = await chain.table.newest();
  const links = [...(await chain.table.keys()), ...(head === null ? [] : [head])];
  if (own !== null && head !== null) {
    const count = head.seq - own.seq <= maxLinks ? maxLinks + 2 : 3;
    const { startedAt, endedAt } = record.incident;
    const [fromMs, toMs] = [Date.parse(startedAt), Date.parse(endedAt ?? startedAt)];
    links.push(own, ...(await chain.table.page(Math.max(1, own.seq - 1), count)));
    links.push(...(await chain.table.made('hour', fromMs, toMs + 2 * 3_600_000, maxLinks)));
  }
  // What was added while this was read is left out, so that the last link is the head.
  const known = new Map(links.filter(({ seq }) => seq <= (head?.seq ?? 0)).map((link) => [link.seq, link]));
  return [...known.values()].sort((a, b) => a.seq - b.seq).map(bareLink);
}

async function pointsOf(
  { store, timeline, port }: Parts,
  targets: readonly Target[],
  record: IncidentRecord,
): Promise<TargetPoints[]> {
  const nowMs = timeline.nowMs();
  const windows = windowsOf(record, nowMs);
  // The last minute is not with the store yet.
  if ((windows.at(-1)?.toMs ?? 0) > nowMs - recentMs) await port('latency').save();
  const stepMs = stepFor(windows.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0));
  const points: TargetPoints[] = [];
  for (const target of targets.slice(0, maxPointTargets)) {
    const series = await seriesOf(store.measurements, target);
    for (const window of windows) {
      const found = await store.measurements.pointRows({ series, ...window, stepMs });
      if (found.rows.length > 0) points.push({ target: target.id, ...found });
    }
  }
  return points;
}

/** The time around each outage; those that touch are one. */
export function windowsOf({ outages, incident }: IncidentRecord, nowMs: number) {
  const windows: { fromMs: number; toMs: number }[] = [];
  const spans = outages.length === 0 ? [incident] : outages;
  const sorted = spans
    .map(({ startedAt, endedAt }) => ({
      fromMs: Math.floor((Date.parse(startedAt) - marginMs) / 1000) * 1000,
      toMs:
        Math.ceil(Math.min((endedAt === null ? nowMs : Date.parse(endedAt)) + marginMs, nowMs) / 1000) * 1000,
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  for (const span of sorted) {
    const last = windows.at(-1);
    if (last !== undefined && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else windows.push({ ...span });
  }
  return windows;
}

function stepFor(spanMs: number): number {
  const fits = stepsSeconds.find((step) => spanMs / (step * 1000) <= maxPoints);
  return 1000 * (fits ?? Math.ceil(spanMs / 1000 / maxPoints));
}
