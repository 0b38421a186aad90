import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LatencyPort } from '../../watch/latency/schema.ts';
import type { GapPort } from '../gap/schema.ts';
import type { OutagePort } from '../outage/schema.ts';
import { DetailReader } from './detail.ts';
import { Edits, unknownIncident } from './edits.ts';
import { isItMe, type NowFacts, outageConfidence } from './is-it-me.ts';
import { Keeper } from './keeper.ts';
import type {
  Incident,
  IncidentDetail,
  IncidentPort,
  IncidentsNow,
  IsItMe,
  OutageConfidence,
  SnapshotSummary,
  TimelineItem,
} from './schema.ts';
import { Snapshots } from './snapshots.ts';
import type { ListQuery } from './store.ts';
import { timelineOf } from './timeline.ts';

const defaultLimit = 200;
const recentMs = 48 * 60 * 60_000;
const recentLimit = 20;
/** Incidents counted of two days; more are a line in ruins, whatever the number. */
const countLimit = 1000;
/** How anchors answer now: long enough to tell loss from a lone lost packet, short enough to be now. */
const nowSeconds = 20;

/** Answers what is known of incidents; `Keeper` keeps them, `Edits` changes them by hand. */
export class IncidentService implements IncidentPort {
  readonly keeper: Keeper;
  readonly edits: Edits;
  readonly snapshots: Snapshots;
  readonly #context: FeatureContext;
  readonly #reader: DetailReader;
  readonly #outages: OutagePort;
  readonly #gaps: GapPort;
  readonly #latency: LatencyPort;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.keeper = new Keeper(context);
    this.edits = new Edits(this.keeper, () => context.timeline.nowMs());
    this.snapshots = new Snapshots(context.store.state);
    this.#reader = new DetailReader(context);
    this.#outages = context.port('outage');
    this.#gaps = context.port('gap');
    this.#latency = context.port('latency');
  }

  list(fromMs: number, toMs: number, limit = defaultLimit): Promise<Incident[]> {
    return this.find({ fromMs, toMs, limit });
  }

  async find(query: ListQuery): Promise<Incident[]> {
    return this.keeper.compose(await this.keeper.store.list(query));
  }

  async detail(id: number): Promise<IncidentDetail | null> {
    const row = await this.keeper.store.byId(id);
    if (!row) return null;
    const [incident] = await this.keeper.compose([row]);
    return incident ? this.#reader.read(incident, await this.keeper.store.notes(row.id)) : null;
  }

  async now(): Promise<IncidentsNow> {
    const nowMs = this.#context.timeline.nowMs();
    const incidents = await this.list(nowMs - recentMs, nowMs + 1, countLimit);
    const open = incidents.filter(({ endedAt }) => endedAt === null);
    return {
      at: toIso(nowMs),
      current: open.find(({ kind }) => kind === 'outage') ?? open[0] ?? null,
      count48h: incidents.length,
      recent: incidents.slice(0, recentLimit),
    };
  }

  async timeline(fromMs: number, toMs: number, limit: number): Promise<TimelineItem[]> {
    const incidents = await this.list(fromMs, toMs, limit);
    const gaps = await this.#gaps.between(fromMs, toMs);
    return timelineOf(incidents, gaps, this.#context.config.current.site.timezone).slice(0, limit);
  }

  isItMe(): IsItMe {
    return { ...isItMe(this.#factsNow()), at: toIso(this.#context.timeline.nowMs()) };
  }

  outageConfidence(): OutageConfidence {
    return { ...outageConfidence(this.#factsNow()), at: toIso(this.#context.timeline.nowMs()) };
  }

  async makeSnapshot(incident: number): Promise<SnapshotSummary> {
    const detail = await this.detail(incident);
    if (!detail) throw unknownIncident(incident);
    const { config, timeline, about } = this.#context;
    const { name, timezone } = config.current.site;
    return this.snapshots.make(detail, timeline.nowMs(), { site: name, timezone, version: about.version });
  }

  #factsNow(): NowFacts {
    const { config, clock } = this.#context;
    const anchors = this.#latency.targets().filter(({ segment }) => segment === 'anchor');
    return {
      seconds: nowSeconds,
      nowMonoMs: clock.monoMs(),
      lines: config.current.lines.map(({ name }) => ({
        name,
        verdict: this.#outages.line(name),
        anchors: anchors
          .filter(({ line }) => line === name)
          .map(({ id, name: called, family }) => {
            const recent = this.#latency.recent(id, nowSeconds);
            return { name: called, family, count: recent?.count ?? 0, lost: recent?.lost ?? 0 };
          }),
      })),
    };
  }
}
