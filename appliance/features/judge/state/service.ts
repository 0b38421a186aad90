import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LineState } from '../../../core/shapes.ts';
import type { LatencyPort, RecentWindow, Target } from '../../watch/latency/schema.ts';
import type { LineVerdict } from '../outage/schema.ts';
import { assessFamily, type FamilyAssessment, joinLines, type ObservedTarget } from './assess.ts';
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
interface LineMemory {
  state: LineState;
  /** When it last answered again after being down. */
  recoveredMonoMs: number;
}

interface AssessedLine {
  name: string;
  families: FamilyAssessment[];
  /** What the judge says; the stations only show who answers. */
  judged: LineVerdict | null;
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
  /** By part, of which the box has a handful. */
  readonly #notes = new Map<string, { isWell: boolean; text: string }>();
  #baselines = new Map<string, RecentWindow>();
  #baselinesMonoMs = Number.NEGATIVE_INFINITY;
  #lines: AssessedLine[] = [];
  #siteState: LineState = 'unknown';
  #siteSinceMonoMs: number | null = null;
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

  note(part: string, note: { isWell: boolean; text: string } | null): void {
    if (note) this.#notes.set(part, note);
    else this.#notes.delete(part);
  }

  status(): Status {
    const { about, clock, timeline, config, engine } = this.#context;
    const now = clock.monoMs();
    const { icmp } = engine.statistics();
    const iso = (monoMs: number | null) => (monoMs === null ? null : toIso(timeline.wallMs(monoMs)));
    return {
      state: this.#siteState,
      verdict: this.#spoken()?.judged?.verdict ?? null,
      sentence: this.#sentence(),
      since: iso(this.#siteSinceMonoMs),
      at: toIso(timeline.nowMs()),
      site: config.current.site.name,
      lines: this.#lines.map((line) => this.#lineStatus(line)),
      method: { icmp, advice: adviceFor(icmp) },
      clock: { isKnown: timeline.anchor.isKnown },
      ...(this.#notes.size > 0 && {
        notes: [...this.#notes].map(([part, note]) => ({ part, ...note })),
      }),
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
      const judged = this.#context.port('outage').line(name);
      const state = judged?.state ?? 'unknown';
      const before = this.#memory.get(name);
      const isBack = before?.state === 'down' && state !== 'down' && state !== 'unknown';
      this.#memory.set(name, {
        state,
        recoveredMonoMs: isBack ? now - recoveryMs : (before?.recoveredMonoMs ?? Number.NEGATIVE_INFINITY),
      });
      return { name, families: this.#assessFamilies(name, members, now), judged, state };
    });
    const state = joinLines(this.#lines.map((line) => line.state));
    if (state !== this.#siteState) {
      this.#siteState = state;
      const sinces = this.#lines
        .filter((line) => line.state === state)
        .map((line) => line.judged?.sinceMonoMs ?? now);
      this.#siteSinceMonoMs = sinces.length > 0 ? Math.max(...sinces) : now;
    }
    this.#send(now);
  }

  #assessFamilies(name: string, targets: readonly Target[], now: number): FamilyAssessment[] {
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
    return families.some(({ state }) => state === 'up')
      ? families.map((family) => (isSilent(family) ? forgotten(family) : family))
      : families;
  }

  #send(now: number): void {
    const key = JSON.stringify([
      this.#siteState,
      this.#lines.map((line) => [
        line.state,
        line.judged?.verdict,
        line.judged?.open.map(({ id }) => id),
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
    const since = line.judged?.sinceMonoMs ?? null;
    return {
      name: line.name,
      interface: link?.interface ?? null,
      gateway: link?.gateways[0] ?? null,
      state: line.state,
      verdict: line.judged?.verdict ?? null,
      outage: line.judged?.open[0]?.id ?? null,
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

  /** The line whose state is that of the house. */
  #spoken(): AssessedLine | null {
    return this.#lines.find((line) => line.state === this.#siteState) ?? this.#lines[0] ?? null;
  }

  #sentence(): string {
    const line = this.#spoken();
    if (!line) return 'Nothing is measured yet.';
    return sentenceOf({
      state: line.state,
      families: line.families,
      trouble: line.judged?.open[0]?.text ?? line.judged?.busy?.text ?? null,
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
