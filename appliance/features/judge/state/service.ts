import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { localTime } from '../../../core/local-time.ts';
import type { LineState } from '../../../core/shapes.ts';
import type { LatencyPort, RecentWindow, Target } from '../../watch/latency/schema.ts';
import {
  assessFamily,
  type FamilyAssessment,
  joinFamilies,
  joinLines,
  type ObservedTarget,
} from './assess.ts';
import { Chronicler } from './chronicler.ts';
import type { LineStatus, StatePort, Status } from './schema.ts';
import { sentenceOf } from './sentence.ts';

const assessEveryMs = 1000;
const minuteSeconds = 60;
/** When an answer ends an outage, what was sent this much earlier is already part of the good time. */
const recoveryMs = 2000;
/** The quarter of an hour that the minute is compared with moves slowly; sorting it every second would be waste. */
const baselineEveryMs = 30_000;
/** The stream repeats the status this often while nothing changes, so that its numbers stay true. */
const repeatEveryMs = 5000;
/** A line that is unwell for less than this is not worth an entry in the list of events; down is, at once. */
const settleMs = 10_000;
/** A flapping line must not wear out the card. */
const saveEveryMs = 10_000;

interface LineMemory {
  state: LineState;
  sinceMonoMs: number | null;
  /** State the list of events last spoke of. */
  toldState: LineState;
  toldSinceMonoMs: number | null;
  /** When it last answered again after being down. */
  recoveredMonoMs: number;
}

interface AssessedLine {
  name: string;
  families: FamilyAssessment[];
  state: LineState;
}

/** Says every second what state each line is in, and writes down what happened. */
export class StateService implements StatePort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly chronicler: Chronicler;
  readonly #memory = new Map<string, LineMemory>();
  /** "line family" of everything that worked since the start. */
  readonly #everUp = new Set<string>();
  #baselines = new Map<string, RecentWindow>();
  #baselinesMonoMs = Number.NEGATIVE_INFINITY;
  #lines: AssessedLine[] = [];
  #siteState: LineState = 'unknown';
  #siteSinceMonoMs: number | null = null;
  #savedMonoMs = Number.NEGATIVE_INFINITY;
  #lastKey = '';
  #lastSentMonoMs = 0;
  #cancel: () => void = () => undefined;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#latency = context.port('latency');
    this.chronicler = new Chronicler(context);
  }

  async start(): Promise<void> {
    this.#cancel = this.#context.clock.every(assessEveryMs, () => this.#assess());
    await this.chronicler.start();
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.chronicler.stop();
  }

  record(event: Parameters<StatePort['record']>[0]): void {
    this.chronicler.record(event);
  }

  status(): Status {
    const { about, clock, timeline, config, engine } = this.#context;
    const now = clock.monoMs();
    const { icmp } = engine.statistics();
    const iso = (monoMs: number | null) => (monoMs === null ? null : toIso(timeline.wallMs(monoMs)));
    return {
      state: this.#siteState,
      verdict: null,
      sentence: this.#sentence(now),
      since: iso(this.#siteSinceMonoMs),
      at: toIso(timeline.nowMs()),
      site: config.current.site.name,
      lines: this.#lines.map((line) => this.#lineStatus(line)),
      method: { icmp, advice: adviceFor(icmp) },
      clock: { isKnown: timeline.anchor.isKnown },
      isDemo: about.isDemo,
      version: about.version,
      uptimeSeconds: Math.round((now - about.startedMonoMs) / 1000),
    };
  }

  #assess(): void {
    const now = this.#context.clock.monoMs();
    const targets = this.#latency.targets();
    if (now - this.#baselinesMonoMs >= baselineEveryMs) {
      this.#baselinesMonoMs = now;
      this.#baselines = new Map(
        targets.flatMap(({ id }) => {
          const window = this.#latency.recent(id, 900);
          return window ? [[id, window] as const] : [];
        }),
      );
    }
    this.#lines = this.#context.config.current.lines.map(({ name }) => {
      const members = targets.filter((target) => target.line === name);
      const assessed = this.#assessLine(name, members, now);
      const memory = this.#memory.get(name);
      if (memory?.state !== 'down' || assessed.state === 'down' || assessed.state === 'unknown')
        return assessed;
      memory.recoveredMonoMs = now - recoveryMs;
      return this.#assessLine(name, members, now);
    });
    for (const line of this.#lines) this.#follow(line, now);
    const state = joinLines(this.#lines.map((line) => line.state));
    if (state !== this.#siteState) {
      this.#siteState = state;
      const sinces = this.#lines
        .filter((line) => line.state === state)
        .map((line) => this.#memory.get(line.name)?.sinceMonoMs ?? now);
      this.#siteSinceMonoMs = sinces.length > 0 ? Math.max(...sinces) : now;
    }
    this.#send(now);
  }

  #assessLine(name: string, targets: readonly Target[], now: number): AssessedLine {
    // Once a line is back, what an outage lost no longer speaks about how it is now.
    const recovered = this.#memory.get(name)?.recoveredMonoMs ?? Number.NEGATIVE_INFINITY;
    const seconds = Math.min(minuteSeconds, (now - recovered) / 1000);
    const observed = targets.flatMap(({ id, segment, family, intervalMs, method }): ObservedTarget[] => {
      const minute = this.#latency.recent(id, Math.max(seconds, (2.5 * intervalMs) / 1000));
      if (!minute) return [];
      const quarterHour = this.#baselines.get(id) ?? minute;
      return [{ id, segment, family, intervalMs, isNameQuery: method === 'dns', minute, quarterHour }];
    });
    const families = (['ipv4', 'ipv6'] as const)
      .filter((family) => observed.some((target) => target.family === family))
      .map((family) => assessFamily(family, observed, now));
    for (const { family, state } of families) if (state === 'up') this.#everUp.add(`${name} ${family}`);
    // Many networks announce IPv6 that leads nowhere: a family that never answered here is no fault of this hour.
    const isSilent = ({ family, state }: FamilyAssessment) =>
      state === 'down' && !this.#everUp.has(`${name} ${family}`);
    const told = families.some(({ state }) => state === 'up')
      ? families.map((family) => (isSilent(family) ? forgotten(family) : family))
      : families;
    return { name, families: told, state: joinFamilies(told) };
  }

  /** Keeps since when a line is in its state: from the first lost exchange, not from the moment it was noticed. */
  #follow(line: AssessedLine, now: number): void {
    const before = this.#memory.get(line.name) ?? {
      state: 'unknown',
      sinceMonoMs: null,
      toldState: 'unknown' as const,
      toldSinceMonoMs: null,
      recoveredMonoMs: Number.NEGATIVE_INFINITY,
    };
    let { state, sinceMonoMs, toldState, toldSinceMonoMs } = before;
    if (line.state !== state) {
      const lost = line.families.flatMap((family) =>
        family.stations.filter((s) => s.segment === 'anchor').map((s) => s.downSinceMonoMs),
      );
      const firstLost = Math.min(...lost.filter((value) => !Number.isNaN(value)));
      sinceMonoMs = line.state === 'down' && Number.isFinite(firstLost) ? firstLost : now;
      state = line.state;
    }
    const isSettled = state === 'down' || now - (sinceMonoMs ?? now) >= settleMs;
    if (state !== toldState && state !== 'unknown' && isSettled) {
      this.chronicler.tellState({
        line: line.name,
        state,
        before: toldState,
        sinceMonoMs: sinceMonoMs ?? now,
        lastedMs: toldSinceMonoMs === null || sinceMonoMs === null ? null : sinceMonoMs - toldSinceMonoMs,
        families: line.families,
        isOnlyLine: this.#lines.length === 1,
      });
      this.#save(now);
      toldState = state;
      toldSinceMonoMs = sinceMonoMs;
    }
    this.#memory.set(line.name, { ...before, state, sinceMonoMs, toldState, toldSinceMonoMs });
  }

  /** What led to a change of state is worth a commit of its own: the next thing may be a power cut. */
  #save(now: number): void {
    if (now - this.#savedMonoMs < saveEveryMs) return;
    this.#savedMonoMs = now;
    this.#latency.save().catch((error: unknown) => {
      this.#context.log.warn(
        { reason: messageOf(error) },
        'the measurements of a change of state wait in memory',
      );
    });
  }

  #send(now: number): void {
    const key = JSON.stringify([
      this.#siteState,
      this.#lines.map((line) => [
        line.state,
        line.families.map((family) => family.stations.map((station) => [station.state, station.target])),
      ]),
    ]);
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#lastSentMonoMs = now;
      this.#context.bus.emit('state.changed', this.status());
    } else if (now - this.#lastSentMonoMs >= repeatEveryMs) {
      this.#lastSentMonoMs = now;
      this.#context.bus.emit('status.refreshed', this.status());
    }
  }

  #lineStatus(line: AssessedLine): LineStatus {
    const link = this.#latency.link().lines.find((known) => known.name === line.name);
    const since = this.#memory.get(line.name)?.sinceMonoMs ?? null;
    return {
      name: line.name,
      interface: link?.interface ?? null,
      gateway: link?.gateways[0] ?? null,
      state: line.state,
      since: since === null ? null : toIso(this.#context.timeline.wallMs(since)),
      stations: line.families.flatMap((family) =>
        family.stations.map(({ segment, state, target, p50Us, lossRatio }) => ({
          segment,
          family: family.family,
          state,
          target,
          rttMs: Number.isNaN(p50Us) ? null : Math.round(p50Us) / 1000,
          lossRatio: Number.isNaN(lossRatio) ? null : lossRatio,
        })),
      ),
    };
  }

  #sentence(now: number): string {
    const spoken = this.#lines.find((line) => line.state === this.#siteState) ?? this.#lines[0];
    return spoken ? this.#sentenceFor(spoken, this.#siteSinceMonoMs, now) : 'Nothing is measured yet.';
  }

  #sentenceFor(line: AssessedLine, sinceMonoMs: number | null, now = this.#context.clock.monoMs()): string {
    const { timeline, config } = this.#context;
    return sentenceOf({
      state: line.state,
      families: line.families,
      sinceTime:
        sinceMonoMs === null || !timeline.anchor.isKnown
          ? null
          : localTime(timeline.wallMs(sinceMonoMs), config.current.site.timezone),
      sinceMs: sinceMonoMs === null ? null : now - sinceMonoMs,
      hasTargets: this.#latency.targets().length > 0,
      lineName: this.#lines.length > 1 ? line.name : null,
    });
  }
}

/** The same family with nothing said about it. */
function forgotten({ family, stations }: FamilyAssessment): FamilyAssessment {
  return {
    family,
    state: 'unknown',
    stations: stations.map((station) => ({ ...station, state: 'unknown' })),
  };
}

function adviceFor(icmp: Status['method']['icmp']): string | null {
  if (icmp === 'raw') return null;
  if (icmp === 'socket')
    return 'Unprivileged ping sockets are in use. For raw ICMP give the service CAP_NET_RAW (in a systemd unit: AmbientCapabilities=CAP_NET_RAW).';
  return 'No ICMP: handshakes with TCP are timed instead. Allow ping sockets with: sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"';
}
