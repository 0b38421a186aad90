/** What the schedule has to know of one line's past, read from the store when it changes. */
import { changeOf, comparedTests } from './change.ts';
import { priceOf, type Rates } from './price.ts';
import type { EngineName, SpeedKind, SpeedPrice, SpeedTest } from './schema.ts';
import type { TestStore } from './store.ts';

/** Tests that a price is drawn from. */
const pricedTests = 12;

export interface LineFacts {
  /** The newest good test by whatever engine, and the newest full one. */
  latest: SpeedTest | null;
  full: SpeedTest | null;
  /** The newest test differs from those before it by more than chance. */
  hasChanged: boolean;
  /** When load was last on the line, epoch ms. */
  loadedAtMs: number | null;
  /** On the wire, newest first. */
  costs: readonly { engine: EngineName; kind: SpeedKind; bytes: number }[];
}

export const noFacts: LineFacts = {
  latest: null,
  full: null,
  hasChanged: false,
  loadedAtMs: null,
  costs: [],
};

export async function readFacts(tests: TestStore, line: string): Promise<LineFacts> {
  const [latest, full, loadedAtMs, costs] = await Promise.all([
    tests.latest(line),
    tests.latest(line, 'full'),
    tests.loadedAtMs(line),
    tests.costs(line, pricedTests),
  ]);
  const [newest, ...earlier] = latest === null ? [] : await tests.alike(latest, comparedTests + 1);
  const hasChanged = newest !== undefined && (changeOf(newest, earlier)?.isReal ?? false);
  return { latest, full, hasChanged, loadedAtMs, costs };
}

export function priceFor(facts: LineFacts, engine: EngineName, kind: SpeedKind): SpeedPrice {
  const seenBytes = facts.costs
    .filter((cost) => cost.engine === engine && cost.kind === kind)
    .map(({ bytes }) => bytes);
  return priceOf({ engine, kind, seenBytes, rates: ratesOf(facts.latest) });
}

function ratesOf(test: SpeedTest | null): Rates | null {
  if (test === null || test.downloadMbps === null) return null;
  // Engines that cannot upload leave that half unknown; as much as down is the dear side.
  return { downMbps: test.downloadMbps, upMbps: test.uploadMbps ?? test.downloadMbps };
}

const dayMs = 86_400_000;
/** After a change of the line full tests come once, not with every test until it is the usual. */
const fullAgainMs = 20 * 3_600_000;

export interface KindInput {
  facts: LineFacts;
  isMetered: boolean;
  fullEveryDays: number;
  nowMs: number;
}

/** Full the first time, once a week and after a change; on metered lines an estimate. */
export function kindOf({ facts, isMetered, fullEveryDays, nowMs }: KindInput): SpeedKind {
  if (isMetered) return 'estimate';
  if (facts.full === null) return 'full';
  const sinceMs = nowMs - Date.parse(facts.full.at);
  return sinceMs >= fullEveryDays * dayMs || (facts.hasChanged && sinceMs >= fullAgainMs) ? 'full' : 'quick';
}
