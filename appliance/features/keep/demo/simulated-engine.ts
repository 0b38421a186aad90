import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type {
  EngineStatistics,
  Exchange,
  OneShot,
  OneShotResult,
  ProbeEngine,
  ProbeTarget,
} from '../../../core/probing.ts';
import type { Family } from '../../../core/shapes.ts';
import { slot } from '../../../core/storing.ts';
import { hopsTo, household, isThere, replyTtlOf, segmentOf } from './household.ts';
import type { LineModel } from './line-model.ts';
import { uniform } from './noise.ts';

/** As often as the real engine's ring is drained. */
const drainEveryMs = 100;
/** After a pause longer than this many slots of a target the older ones are skipped: nobody measured them. */
const maxBehind = 1000;
/** How long a reply that came too late took, and how often a lost one turns up after all or comes twice. */
const lateAfter = 1.25;
const lateShare = 0.03;
const duplicateShare = 0.00002;

interface Probe {
  handle: number;
  target: ProbeTarget;
  firstMonoMs: number;
  nextSeq: number;
}

type Listener = (exchanges: Iterable<Readonly<Exchange>>) => void;

interface Finished {
  atMonoMs: number;
  exchange: Exchange;
}

/** A probing engine over the simulated line: the same answers as history, as they would arrive. Touches no network. */
export class SimulatedEngine implements ProbeEngine {
  readonly #clock: Clock;
  readonly #model: LineModel;
  readonly #probes = new Map<number, Probe>();
  readonly #listeners = new Set<Listener>();
  /** Replies on their way; at most a timeout's worth of slots of each target. */
  #underway: Finished[] = [];
  #lastHandle = 0;
  #stopTicking: (() => void) | null = null;
  /** Wall minus monotonic; constant, so that the line does not jump with the clock. */
  readonly #offsetMs: number;
  readonly #counts = { sent: 0, received: 0, timeouts: 0, errors: 0, late: 0, duplicates: 0, skipped: 0 };

  constructor(clock: Clock, model: LineModel) {
    this.#clock = clock;
    this.#model = model;
    this.#offsetMs = clock.wallMs() - clock.monoMs();
  }

  async start(): Promise<void> {
    this.#stopTicking ??= this.#clock.every(drainEveryMs, () => this.#drain());
  }

  async stop(): Promise<void> {
    this.#stopTicking?.();
    this.#stopTicking = null;
    this.#underway = [];
  }

  add(target: ProbeTarget): number {
    checkTarget(target);
    this.#lastHandle += 1;
    const handle = this.#lastHandle;
    // Spread over the interval, as the real engine does, so that packets do not leave in one burst.
    const firstMonoMs = this.#clock.monoMs() + target.intervalMs * uniform(handle, 1);
    this.#probes.set(handle, { handle, target: { ...target }, firstMonoMs, nextSeq: 0 });
    return handle;
  }

  change(handle: number, target: ProbeTarget): void {
    checkTarget(target);
    const probe = this.#probes.get(handle);
    if (!probe) throw new AppError('TARGET_INVALID', `There is no probed target with the handle ${handle}`);
    if (target.intervalMs !== probe.target.intervalMs) {
      const nextMonoMs = probe.firstMonoMs + probe.nextSeq * probe.target.intervalMs;
      probe.firstMonoMs = nextMonoMs - probe.nextSeq * target.intervalMs;
    }
    probe.target = { ...target };
  }

  remove(handle: number): void {
    this.#probes.delete(handle);
    this.#underway = this.#underway.filter(({ exchange }) => exchange.handle !== handle);
  }

  onExchanges(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  methodOf(kind: ProbeTarget['kind']): 'icmp-raw' | 'tcp' | 'dns' {
    return kind === 'icmp' ? 'icmp-raw' : kind;
  }

  statistics(): EngineStatistics {
    return {
      ...this.#counts,
      targets: this.#probes.size,
      inFlight: this.#underway.length,
      overruns: 0,
      strangers: 0,
      cpuMs: 0,
      icmp: 'raw',
      isRealtime: false,
    };
  }

  async probeOnce(request: OneShot, signal?: AbortSignal): Promise<OneShotResult> {
    signal?.throwIfAborted();
    const result = this.#answer(request);
    const waitMs = Number.isNaN(result.rttUs) ? request.timeoutMs : result.rttUs / 1000;
    await this.#wait(waitMs, signal);
    return result;
  }

  /** Sends what is due and reports what has ended, in order of completion. */
  #drain(): void {
    const nowMonoMs = this.#clock.monoMs();
    for (const probe of this.#probes.values()) this.#send(probe, nowMonoMs);
    const ended = this.#underway.filter(({ atMonoMs }) => atMonoMs <= nowMonoMs);
    if (ended.length === 0) return;
    this.#underway = this.#underway.filter(({ atMonoMs }) => atMonoMs > nowMonoMs);
    ended.sort((one, other) => one.atMonoMs - other.atMonoMs);
    const exchanges = ended.map(({ exchange }) => exchange);
    for (const exchange of exchanges) this.#count(exchange);
    for (const listener of this.#listeners) listener(exchanges);
  }

  #send(probe: Probe, nowMonoMs: number): void {
    const { intervalMs } = probe.target;
    const due = Math.floor((nowMonoMs - probe.firstMonoMs) / intervalMs);
    for (; probe.nextSeq <= due; probe.nextSeq += 1) {
      const sentMonoMs = probe.firstMonoMs + probe.nextSeq * intervalMs;
      if (due - probe.nextSeq >= maxBehind) {
        this.#underway.push({
          atMonoMs: sentMonoMs,
          exchange: this.#exchange(probe, sentMonoMs, slot.skipped),
        });
        continue;
      }
      const value = this.#sample(probe.target, sentMonoMs);
      this.#underway.push(...this.#outcomes(probe, sentMonoMs, value));
    }
  }

  #outcomes(probe: Probe, sentMonoMs: number, value: number): Finished[] {
    const { timeoutMs } = probe.target;
    const chance = uniform(probe.handle + 7919, probe.nextSeq);
    const isSlow = value / 1000 > timeoutMs;
    const exchange = this.#exchange(probe, sentMonoMs, isSlow ? slot.timeout : value);
    const tookMs = value >= 0 && !isSlow ? value / 1000 : value === slot.timeout || isSlow ? timeoutMs : 1;
    const found = [{ atMonoMs: sentMonoMs + tookMs, exchange }];
    const amend = (outcome: 'late' | 'duplicate', atMonoMs: number, rttUs: number) =>
      found.push({ atMonoMs, exchange: { ...exchange, outcome, rttUs } });
    if (value === slot.timeout && chance < lateShare) {
      amend('late', sentMonoMs + timeoutMs * lateAfter, timeoutMs * lateAfter * 1000);
    } else if (isSlow) amend('late', sentMonoMs + value / 1000, value);
    else if (value >= 0 && chance < duplicateShare)
      amend('duplicate', sentMonoMs + tookMs + 0.3, value + 300);
    return found;
  }

  #sample(target: Pick<ProbeTarget, 'kind' | 'family' | 'address'>, monoMs: number): number {
    const { kind, family, address } = target;
    if (!isThere(address)) return slot.timeout;
    return this.#model.sample(
      { kind, family, address, segment: segmentOf(address) },
      monoMs + this.#offsetMs,
    );
  }

  #exchange(probe: Probe, sentMonoMs: number, value: number): Exchange {
    const { address, family } = probe.target;
    const isUnreachable = value === slot.unreachable;
    return {
      handle: probe.handle,
      seq: probe.nextSeq,
      sentMonoMs,
      outcome: outcomeOf(value),
      rttUs: value >= 0 ? value : Number.NaN,
      ttl: value >= 0 ? replyTtlOf(address, family) : 0,
      errno: 0,
      icmpType: isUnreachable ? 1 : 0, // RFC 4443 §3.1: destination unreachable, no route
      icmpCode: 0,
      from: isUnreachable ? household.hops[family][0] : '',
      isReordered: false,
      isKernelStamped: true,
    };
  }

  #count({ outcome }: Exchange): void {
    const counts = this.#counts;
    if (outcome === 'late') counts.late += 1;
    else if (outcome === 'duplicate') counts.duplicates += 1;
    else if (outcome === 'skipped') counts.skipped += 1;
    else {
      counts.sent += 1;
      if (outcome === 'ok') counts.received += 1;
      else if (outcome === 'timeout') counts.timeouts += 1;
      else counts.errors += 1;
    }
  }

  #answer(request: OneShot): OneShotResult {
    const { family, address, ttl, sizeBytes = 56, dontFragment } = request;
    const path = hopsTo(address, family);
    const hop = ttl !== undefined && ttl <= path.length ? path[ttl - 1] : undefined;
    const isTooBig =
      dontFragment === true && sizeBytes + headerBytes[family] > household.mtu && path.length > 0;
    const answering = isTooBig ? path[0] : hop;
    const kind = request.kind === 'udp' || answering !== undefined ? 'icmp' : request.kind;
    const value = this.#sample({ kind, family, address: answering ?? address }, this.#clock.monoMs());
    if (value === slot.unreachable) return this.#refusal(family);
    if (value < 0) return { ...silence, outcome: outcomeOf(value) };
    const outcome = isTooBig ? 'too-big' : hop !== undefined ? 'hop' : 'ok';
    return {
      ...silence,
      outcome,
      rttUs: value,
      ttl: replyTtlOf(answering ?? address, family),
      from: answering ?? address,
      icmpType: errorTypes[family][outcome],
      icmpCode: isTooBig && family === 'ipv4' ? 4 : 0,
      mtu: isTooBig ? household.mtu : 0,
      tcpInfoRttUs: kind === 'tcp' ? value : Number.NaN,
      reply: kind === 'dns' && request.query ? emptyReply(request.query) : null,
    };
  }

  /** The provider's first router has no way on and says so. */
  #refusal(family: Family): OneShotResult {
    const from = household.hops[family][0];
    const rttUs = this.#sample({ kind: 'icmp', family, address: from }, this.#clock.monoMs());
    if (rttUs < 0) return { ...silence, outcome: 'timeout' };
    const ttl = replyTtlOf(from, family);
    return { ...silence, outcome: 'unreachable', rttUs, ttl, from, icmpType: errorTypes[family].unreachable };
  }

  #wait(waitMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(waitMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** IP and ICMP headers around the payload. */
const headerBytes = { ipv4: 28, ipv6: 48 } as const;

/** Types of RFC 792 and RFC 4443. */
const errorTypes = {
  ipv4: { ok: 0, hop: 11, 'too-big': 3, unreachable: 3 },
  ipv6: { ok: 0, hop: 3, 'too-big': 2, unreachable: 1 },
} as const;

/** What is told of a single probe that nobody answered. */
const silence = {
  rttUs: Number.NaN,
  ttl: 0,
  from: '',
  icmpType: 0,
  icmpCode: 0,
  errno: 0,
  mtu: 0,
  tcpInfoRttUs: Number.NaN,
  reply: null,
  isKernelStamped: true,
} as const;

function outcomeOf(value: number): 'ok' | 'unreachable' | 'local' | 'skipped' | 'timeout' {
  if (value >= 0) return 'ok';
  if (value === slot.unreachable) return 'unreachable';
  if (value === slot.local) return 'local';
  return value === slot.skipped ? 'skipped' : 'timeout';
}

/** The query as an answer without records (RFC 1035 §4.1.1: QR, RD and RA set). */
function emptyReply(query: Uint8Array): Uint8Array {
  const reply = Uint8Array.from(query);
  reply[2] = 0x81;
  reply[3] = 0x80;
  return reply;
}

function checkTarget({ address, intervalMs, timeoutMs }: ProbeTarget): void {
  if (!(intervalMs >= 20 && intervalMs <= 3_600_000 && timeoutMs > 0)) {
    throw new AppError(
      'TARGET_INVALID',
      `${address} cannot be probed every ${intervalMs} ms with a timeout of ${timeoutMs} ms; 20 ms to 1 h is possible`,
      { status: 400 },
    );
  }
}
