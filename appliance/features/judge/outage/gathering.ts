/** Evidence from all layers, brought into the order in which it became known. */
import type { FeatureContext } from '../../../core/feature.ts';
import type { NameServer } from '../../watch/dns/schema.ts';
import type { Target } from '../../watch/latency/schema.ts';
import type { LinkState } from '../../watch/link/schema.ts';
import type { Evidence, LinkEvidence } from './evidence.ts';

/** Results arrive up to 100 ms after they were known, the engine's batch after the name server's answer. */
const orderMs = 250;
/** What waits to be ordered: a second of everything, quick exchanges included. */
const maxWaiting = 20_000;

export class Gathering {
  readonly #context: FeatureContext;
  readonly #give: (evidence: Evidence) => void;
  readonly #waiting: Evidence[] = [];
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext, give: (evidence: Evidence) => void) {
    this.#context = context;
    this.#give = give;
  }

  start(): void {
    const { bus, clock, port, timeline, config } = this.#context;
    const latency = port('latency');
    const blackBox = port('blackBox');
    const link = port('link');
    this.#undo = [
      latency.onExchanges((exchanges) => {
        for (const { target, sentMonoMs, endedMonoMs, rttUs } of exchanges)
          this.#add({
            kind: 'exchange',
            atMs: endedMonoMs,
            target,
            sentMs: sentMonoMs,
            rttUs,
            isQuick: false,
          });
        this.#release();
      }),
      blackBox.onExchanges((exchanges) => {
        for (const { target, sentMonoMs, endedMonoMs, rttUs } of exchanges)
          this.#add({
            kind: 'exchange',
            atMs: endedMonoMs,
            target,
            sentMs: sentMonoMs,
            rttUs,
            isQuick: true,
          });
        this.#release();
      }),
      bus.on('target.changed', ({ targets }) => this.#targets(targets)),
      bus.on('link.observed', (state) => this.#link(state)),
      link.onTraffic(({ line, atMonoMs, source, downBps, upBps }) =>
        this.#add({ kind: 'traffic', atMs: atMonoMs, line, source, downBps, upBps }),
      ),
      port('dns').onAsked(({ sentMonoMs, endedMonoMs, answer, family, isTrusted }) =>
        this.#add({
          kind: 'name',
          atMs: endedMonoMs,
          sentMs: sentMonoMs,
          line: answer.line,
          server: answer.server,
          family,
          isControl: isControl(answer.role),
          outcome: answer.outcome,
          isPulse: false,
          isAnswered: answer.outcome === 'answer',
          isTrusted,
          rttMs: answer.rttMs ?? Number.NaN,
        }),
      ),
      port('dns').onPulse(({ server, sentMonoMs, endedMonoMs, outcome }) =>
        this.#add({
          kind: 'name',
          atMs: endedMonoMs,
          sentMs: sentMonoMs,
          line: server.line,
          server: server.id,
          family: server.family,
          isControl: isControl(server.role),
          outcome,
          isPulse: true,
          isAnswered: outcome === 'answer',
          isTrusted: true,
          rttMs: Number.NaN,
        }),
      ),
      port('httpCheck').onChecked(({ sentMonoMs, endedMonoMs, check }) =>
        this.#add({
          kind: 'page',
          atMs: endedMonoMs,
          sentMs: sentMonoMs,
          line: check.line,
          family: check.family,
          url: check.url,
          outcome: check.outcome === 'ok' || check.outcome === 'portal' ? check.outcome : 'failed',
          portal: check.portal,
        }),
      ),
      port('path').onFullSize((probe) =>
        this.#add({
          kind: 'full-size',
          atMs: probe.endedMonoMs,
          sentMs: probe.sentMonoMs,
          line: probe.line,
          family: probe.family,
          target: probe.target,
          segment: probe.segment,
          outcome: probe.outcome,
          sizeBytes: probe.sizeBytes,
        }),
      ),
      bus.on('gap.recorded', ({ reason, startedAt }) => {
        if (reason !== 'suspended' && reason !== 'not-measured') return; // the others lie before this start
        const fromMs = Date.parse(startedAt) - timeline.anchor.offsetMs;
        this.#add({ kind: 'gap', atMs: clock.monoMs(), fromMs });
      }),
    ];
    this.#targets(latency.targets());
    for (const { name } of config.current.lines) {
      const state = link.state(name);
      if (state) this.#link(state);
    }
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#release(Number.POSITIVE_INFINITY);
  }

  #targets(targets: readonly Target[]): void {
    this.#add({
      kind: 'targets',
      atMs: this.#context.clock.monoMs(),
      targets: targets
        .filter(({ method }) => method !== 'dns') // name servers give evidence of their own
        .map(({ id, name, address, line, family, segment, intervalMs, isFar }) => ({
          id,
          name,
          address,
          line,
          family,
          // With silent routers before it, its own silence does not say on which side of them the path broke.
          segment: segment === 'isp' && isFar ? 'transit' : segment,
          intervalMs,
        })),
    });
    this.#release();
  }

  #link(state: LinkState): void {
    this.#add(linkEvidence(state, this.#context.clock.monoMs()));
  }

  #add(evidence: Evidence): void {
    const waiting = this.#waiting;
    let at = waiting.length;
    while (at > 0 && waiting[at - 1]!.atMs > evidence.atMs) at -= 1; // above 0
    waiting.splice(at, 0, evidence);
    if (waiting.length > maxWaiting) this.#release();
  }

  /** Gives on what nothing can overtake any more. */
  #release(beforeMs = this.#context.clock.monoMs() - orderMs): void {
    const waiting = this.#waiting;
    let ready = Math.max(0, waiting.length - maxWaiting);
    while (ready < waiting.length && waiting[ready]!.atMs <= beforeMs) ready += 1; // within its length
    for (const evidence of waiting.splice(0, ready)) this.#give(evidence);
  }
}

/** Asked only to compare: the house does not use it by itself. */
const isControl = (role: NameServer['role']) => role === 'control' || role === 'configured';

export function linkEvidence(state: LinkState, atMs: number): LinkEvidence {
  return {
    kind: 'link',
    atMs,
    line: state.line,
    interfaceName: state.interface,
    isUp: state.isUp,
    hasCarrier: state.hasCarrier,
    families: state.families.map(({ family, hasAddress, hasRoute, neighbour }) => ({
      family,
      hasAddress,
      hasRoute,
      neighbour,
    })),
  };
}
