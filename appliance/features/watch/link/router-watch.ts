import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { NetworkTools, RouterGauge } from '../../../core/network.ts';
import { type Rate, RouterRate } from './rate.ts';

/** After a change of the link routers and switches need a moment. */
const searchSoonMs = 2000;
const searchAgainMs = 3_600_000;
/** A link that flaps does not make a search of every flap. */
const searchPauseMs = 60_000;
const readEveryMs = 5000;
/** No router starts faster. */
const restartSilenceMs = 20_000;
/** A router that did not answer is asked less and less often, and given up after some ten minutes. */
const longestRestMs = 60_000;
const maxFailures = 15;

export interface RouterWatchOptions {
  net: Pick<NetworkTools, 'findRouterGauge'>;
  clock: Clock;
  log: Log;
  line: string;
  onRate(rate: Rate, atMonoMs: number): void;
  /** It fell silent then, and when it answered again its connection was younger than that. */
  onRestart(silentFromMonoMs: number): void;
}

/** Looks for a router that counts what passes through it, on one line, and reads it while it answers. */
export class RouterWatch {
  readonly #options: RouterWatchOptions;
  readonly #stopping = new AbortController();
  readonly #rate = new RouterRate();
  #link: { interfaceName: string; gateway: string } | null = null;
  #gauge: RouterGauge | null = null;
  #failures = 0;
  /** When it last answered, and how long its connection had lasted then. */
  #known: { atMonoMs: number; uptimeSeconds: number } | null = null;
  #restUntilMonoMs = Number.NEGATIVE_INFINITY;
  #searchedMonoMs = Number.NEGATIVE_INFINITY;
  #cancelSearch: () => void = () => undefined;
  #cancelReading: () => void;
  #work: Promise<void> = Promise.resolve();
  #isReading = false;

  constructor(options: RouterWatchOptions) {
    this.#options = options;
    this.#cancelReading = options.clock.every(readEveryMs, () => this.#readNow());
  }

  /** What the router calls itself; null while none is found. */
  get name(): string | null {
    return this.#gauge?.name ?? null;
  }

  /** Where the line leaves now; to be called at every change of its link. */
  follow(interfaceName: string | null, gateway: string | null): void {
    if (interfaceName === null || gateway === null) return; // gone for now: what was found may come back
    const isSame = this.#link?.interfaceName === interfaceName && this.#link.gateway === gateway;
    const isRecent = this.#options.clock.monoMs() - this.#searchedMonoMs < searchPauseMs;
    this.#restUntilMonoMs = Number.NEGATIVE_INFINITY; // whatever silenced the router may have been this
    if (isSame && (this.#gauge !== null || isRecent)) return;
    if (!isSame) this.#drop();
    this.#link = { interfaceName, gateway };
    this.#searchIn(searchSoonMs);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelSearch();
    this.#cancelReading();
    await this.#work;
  }

  #drop(): void {
    this.#gauge = null;
    this.#failures = 0;
    this.#restUntilMonoMs = Number.NEGATIVE_INFINITY;
    this.#rate.forget();
  }

  #searchIn(delayMs: number): void {
    this.#cancelSearch();
    this.#cancelSearch = this.#options.clock.after(delayMs, () => {
      this.#searchedMonoMs = this.#options.clock.monoMs();
      this.#searchIn(searchAgainMs);
      this.#work = this.#work.then(() => this.#search());
    });
  }

  async #search(): Promise<void> {
    const { net, log, line } = this.#options;
    const link = this.#link;
    const { signal } = this.#stopping;
    if (link === null || this.#gauge !== null || signal.aborted) return;
    try {
      const gauge = await net.findRouterGauge(link, signal);
      if (link !== this.#link || gauge === null) return;
      this.#gauge = gauge;
      log.info(
        { line, router: gauge.name, gateway: link.gateway },
        'the router tells what passes through it',
      );
      this.#readNow();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ line, reason: messageOf(error) }, 'the search for a router that counts failed');
    }
  }

  #readNow(): void {
    const isResting = this.#options.clock.monoMs() < this.#restUntilMonoMs;
    if (this.#gauge === null || this.#isReading || isResting) return;
    this.#isReading = true;
    const gauge = this.#gauge;
    this.#work = this.#work
      .then(() => this.#read(gauge))
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #read(gauge: RouterGauge): Promise<void> {
    const { clock, onRate } = this.#options;
    const askedMonoMs = clock.monoMs();
    try {
      const { rxBytes, txBytes, uptimeSeconds } = await gauge.read(this.#stopping.signal);
      if (gauge !== this.#gauge) return;
      this.#failures = 0;
      const atMonoMs = (askedMonoMs + clock.monoMs()) / 2;
      this.#compare(atMonoMs, uptimeSeconds);
      const rate = this.#rate.add({ atMonoMs, rxBytes, txBytes, uptimeSeconds });
      if (rate) onRate(rate, atMonoMs);
    } catch (error) {
      if (gauge === this.#gauge && !this.#stopping.signal.aborted) this.#fail(error);
    }
  }

  /** A connection that is made anew while the router answers all the time is no restart. */
  #compare(atMonoMs: number, uptimeSeconds: number | null): void {
    const before = this.#known;
    if (uptimeSeconds === null) return;
    this.#known = { atMonoMs, uptimeSeconds };
    if (before === null || uptimeSeconds >= before.uptimeSeconds) return;
    if (atMonoMs - before.atMonoMs >= restartSilenceMs) this.#options.onRestart(before.atMonoMs);
  }

  #fail(error: unknown): void {
    const { clock, log, line } = this.#options;
    this.#rate.forget();
    this.#restUntilMonoMs = clock.monoMs() + Math.min(readEveryMs * 2 ** this.#failures, longestRestMs);
    this.#failures += 1;
    log.debug({ line, reason: messageOf(error) }, 'the router did not tell its counters');
    if (this.#failures < maxFailures) return;
    log.info({ line, reason: messageOf(error) }, 'the router no longer tells what passes through it');
    this.#drop();
    this.#searchIn(searchSoonMs);
  }
}
