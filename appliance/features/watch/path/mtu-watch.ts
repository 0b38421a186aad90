import { pause, toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { PathMtu } from '../../../core/network.ts';
import type { Family } from '../../../core/shapes.ts';
import type { LatencyPort } from '../latency/schema.ts';
import { type Addressed, boundTo, families, isAnswering } from './anchors.ts';
import { FullSizeSender } from './full-size.ts';
import { believable, type Witness, Witnesses } from './mtu-witnesses.ts';
import type { MtuCheck } from './schema.ts';

const standardMtu = 1500;

const probeEveryMs = 10_000;
/** After a lost one: three rounds within two seconds, to anchors and routers. */
const rounds = 3;
const roundEveryMs = 500;
/** While packets keep vanishing, the place is looked for again this often. */
const burstEveryMs = 60_000;
/** Sizes are asked for again: a path that took less may take more by now. */
const learnEveryMs = 3_600_000;
/** Sooner where there was no answer, where large packets vanish, and where one never took them. */
const retryMs = { unanswered: 60_000, blackHole: 300_000, mute: 600_000 };

interface Turn {
  nextProbeMonoMs: number;
  nextAnchor: number;
  burstMonoMs: number;
  isBusy: boolean;
}

/** Sends one full-size packet every ten seconds, and finds the place where such packets vanish. */
export class MtuWatch {
  readonly fullSize: FullSizeSender;
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #witnesses = new Witnesses();
  readonly #turns = new Map<string, Turn>();
  readonly #searches = new Map<string, Promise<MtuCheck[]>>();
  readonly #work = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(context: FeatureContext, latency: LatencyPort) {
    this.#context = context;
    this.#latency = latency;
    this.fullSize = new FullSizeSender(context);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
  }

  /** The targets are others now. */
  refresh(): void {
    this.#witnesses.refresh(
      this.#latency.targets().filter((target): target is Addressed => target.address !== null),
    );
  }

  /** The path is another one now: what passed before says nothing. */
  forget(line: string): void {
    for (const witness of this.#witnesses.of(line)) witness.learnedMonoMs = Number.NEGATIVE_INFINITY;
  }

  /** The newest check of each target. */
  checks(line: string): MtuCheck[] {
    return this.#witnesses.of(line).flatMap(({ check }) => check ?? []);
  }

  /** Call it every few seconds. */
  tick(): void {
    for (const { name } of this.#context.config.current.lines) {
      for (const family of families) {
        if (this.#context.engine.methodOf('icmp', family) === 'tcp') continue;
        const turn = this.#turnOf(name, family);
        if (turn.isBusy || this.#stopping.signal.aborted) continue;
        turn.isBusy = true;
        const taken = this.#takeTurn(name, family, turn).finally(() => {
          turn.isBusy = false;
        });
        this.#track(taken);
      }
    }
  }

  /** Asks every witness of a line which size passes now; callers while it runs share the answer. */
  findBlackHole(line: string): Promise<MtuCheck[]> {
    const running = this.#searches.get(line);
    if (running) return running;
    const search = this.#search(line).finally(() => this.#searches.delete(line));
    this.#searches.set(line, search);
    this.#track(search);
    return search;
  }

  #turnOf(line: string, family: Family): Turn {
    const key = `${line} ${family}`;
    const fresh = {
      nextProbeMonoMs: Number.NEGATIVE_INFINITY,
      nextAnchor: 0,
      burstMonoMs: Number.NEGATIVE_INFINITY,
      isBusy: false,
    };
    const turn = this.#turns.get(key) ?? fresh;
    this.#turns.set(key, turn);
    return turn;
  }

  async #takeTurn(line: string, family: Family, turn: Turn): Promise<void> {
    const { signal } = this.#stopping;
    await this.#learn(line, family);
    const now = this.#context.clock.monoMs();
    if (now < turn.nextProbeMonoMs) return;
    const ready = this.#witnesses.anchors(line, family).filter((witness) => this.#isReady(witness));
    const witness = ready[turn.nextAnchor % Math.max(1, ready.length)];
    if (!witness) return; // the line is silent, or no anchor takes full size
    turn.nextAnchor = (turn.nextAnchor + 1) % 1000;
    turn.nextProbeMonoMs = now + probeEveryMs;
    const outcome = await this.fullSize.send(witness, witness.sizeBytes ?? standardMtu, signal);
    if (outcome === 'told') witness.learnedMonoMs = Number.NEGATIVE_INFINITY;
    if (outcome !== 'lost' || now - turn.burstMonoMs < burstEveryMs) return;
    if (!isAnswering(this.#latency, witness.target)) return;
    turn.burstMonoMs = now;
    const other = ready.find((each) => each !== witness);
    await this.#burst(line, family, other ? [witness, other] : [witness], witness.sizeBytes ?? standardMtu);
  }

  /** Repeats to two anchors and to every router before them, until each has answered or was silent three times. */
  async #burst(line: string, family: Family, anchors: readonly Witness[], sizeBytes: number): Promise<void> {
    const routers = this.#witnesses
      .of(line, family)
      .filter((witness) => witness.target.segment !== 'anchor' && this.#isReady(witness));
    const answered = new Set<Witness>();
    const { signal } = this.#stopping;
    const sending: Promise<void>[] = [];
    for (let round = 0; round < rounds && !signal.aborted; round += 1) {
      if (round > 0) await pause(this.#context.clock, roundEveryMs, signal);
      for (const witness of [...routers, ...anchors]) {
        if (answered.has(witness)) continue;
        const size = Math.min(sizeBytes, witness.sizeBytes ?? sizeBytes);
        sending.push(
          this.fullSize.send(witness, size, signal).then((outcome) => {
            if (outcome === 'ok' || outcome === 'told') answered.add(witness);
          }),
        );
      }
    }
    await Promise.all(sending);
  }

  /** Its size is known, it took that size before, and its small pings come back. */
  #isReady(witness: Witness): boolean {
    return witness.isProven && witness.sizeBytes !== null && isAnswering(this.#latency, witness.target);
  }

  /** Several times what small pings take, so that a search ends soon; it sends small and large ones in turn. */
  #timeoutOf(target: Addressed): number {
    const p50Us = this.#latency.recent(target.id, 10)?.p50Us ?? Number.NaN;
    return Number.isNaN(p50Us) ? 1000 : Math.round(Math.min(1000, Math.max(300, (4 * p50Us) / 1000 + 200)));
  }

  /** Finds out which size passes to the witnesses that are due, while the line works. */
  async #learn(line: string, family: Family): Promise<void> {
    const now = this.#context.clock.monoMs();
    const due = this.#witnesses.of(line, family).filter((witness) => {
      const isDue = now - witness.learnedMonoMs >= waitMsOf(witness);
      return isDue && isAnswering(this.#latency, witness.target);
    });
    if (due.length === 0) return;
    for (const witness of due) witness.learnedMonoMs = now;
    const results = await this.#ask(due);
    const believed = new Set(believable(results));
    for (const learned of results) {
      const { witness, found } = learned;
      const isBelieved = believed.has(learned);
      if (isBelieved)
        witness.sizeBytes = found.verdict === 'black-hole' ? (witness.sizeBytes ?? standardMtu) : found.mtu;
      witness.isProven ||= isBelieved;
      witness.isMute = !witness.isProven && found.verdict === 'black-hole';
      if (isBelieved) this.#keep(witness, found, false);
    }
  }

  async #search(line: string): Promise<MtuCheck[]> {
    const witnesses = this.#witnesses.of(line).filter(({ isProven }) => isProven);
    const results = await this.#ask(witnesses);
    for (const { witness, found } of results) {
      witness.learnedMonoMs = this.#context.clock.monoMs();
      if (found.verdict === 'full' || found.verdict === 'told') witness.sizeBytes = found.mtu;
    }
    return results.map(({ witness, found }) => this.#keep(witness, found, true));
  }

  async #ask(witnesses: readonly Witness[]): Promise<{ witness: Witness; found: PathMtu }[]> {
    const { net, log } = this.#context;
    const { signal } = this.#stopping;
    const results = await Promise.all(
      witnesses.map(async (witness) => {
        const { family, address, line, id } = witness.target;
        const timeoutMs = this.#timeoutOf(witness.target);
        try {
          const found = await net.pathMtu({
            family,
            address,
            timeoutMs,
            signal,
            ...boundTo(this.#context, line),
          });
          return [{ witness, found }];
        } catch (error) {
          if (!signal.aborted)
            log.warn({ target: id, reason: messageOf(error) }, 'the path MTU could not be asked for');
          return [];
        }
      }),
    );
    return results.flat();
  }

  /** Remembers what was found and tells it where it is news, or was asked for. */
  #keep(witness: Witness, { mtu, verdict, from }: PathMtu, isAsked: boolean): MtuCheck {
    const { line, family, id, address } = witness.target;
    const before = witness.check;
    const at = toIso(this.#context.timeline.nowMs());
    const check: MtuCheck = { line, family, target: id, address, at, mtu, verdict, from };
    witness.check = check;
    const isNews = before?.mtu !== mtu || before.verdict !== verdict || before.from !== from;
    if (isNews || isAsked) this.#context.bus.emit('mtu.checked', check);
    return check;
  }

  #track(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#context.log.error({ err: error }, 'the watch for full-size packets failed');
      })
      .finally(() => this.#work.delete(watched));
    this.#work.add(watched);
  }
}

/** How long what was learned of a witness holds. */
function waitMsOf({ isProven, isMute, check }: Witness): number {
  if (isMute) return retryMs.mute;
  if (!isProven || check?.verdict === 'unanswered') return retryMs.unanswered;
  return check?.verdict === 'black-hole' ? retryMs.blackHole : learnEveryMs;
}
