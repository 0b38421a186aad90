/** Watches the interface while a test loads it: what is neither ours nor explained by ours is somebody who needs the line. */
import type { Clock } from '../../../../core/clock.ts';
import type { NetworkTools } from '../../../../core/network.ts';
import { foreignMbps, type LineBytes, readInterface } from './line-counter.ts';
import { type BytesAt, bytesAt } from './trace.ts';

const everyMs = 100;
/** Shorter, and a burst of acknowledgements would look like somebody; longer, and we would be in the way. */
const spanMs = 300;
/** So often in a row, which with the span stays below a second. */
const needed = 4;
/** Six minutes. */
const maxKept = 3600;

export interface OwnTraces {
  down: readonly BytesAt[];
  up: readonly BytesAt[];
}

export class ForeignWatch {
  readonly #clock: Clock;
  readonly #net: Pick<NetworkTools, 'counters'>;
  readonly #interfaceName: string | null;
  readonly #own: () => OwnTraces;
  readonly #onForeign: (mbps: number) => void;
  readonly #line: LineBytes[] = [];
  #cancel: () => void = () => undefined;
  #inRow = 0;
  #isLoading = false;
  /** The most that was seen beside our own, Mbit/s. */
  highestMbps = 0;

  constructor(options: {
    clock: Clock;
    net: Pick<NetworkTools, 'counters'>;
    interfaceName: string | null;
    own: () => OwnTraces;
    onForeign: (mbps: number) => void;
  }) {
    this.#clock = options.clock;
    this.#net = options.net;
    this.#interfaceName = options.interfaceName;
    this.#own = options.own;
    this.#onForeign = options.onForeign;
  }

  start(): void {
    if (this.#interfaceName === null) return;
    this.#cancel = this.#clock.every(everyMs, () => void this.#look());
  }

  stop(): void {
    this.#cancel();
  }

  /** While a load starts or ends its own bytes are not known well enough. */
  setLoading(isLoading: boolean): void {
    this.#isLoading = isLoading;
    this.#inRow = 0;
  }

  /** Bytes of the interface, both ways, from the first look to the last; null without an interface. */
  wireBytes(fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): number | null {
    const within = this.#line.filter(({ monoMs }) => monoMs >= fromMs && monoMs <= toMs);
    const [first, last] = [within[0], within.at(-1)];
    if (!first || !last) return null;
    return last.rxBytes - first.rxBytes + last.txBytes - first.txBytes;
  }

  /** Of one way, bytes at a moment as a trace. */
  trace(direction: 'down' | 'up'): BytesAt[] {
    return this.#line.map(({ monoMs, rxBytes, txBytes }) => ({
      monoMs,
      bytes: direction === 'down' ? rxBytes : txBytes,
    }));
  }

  async #look(): Promise<void> {
    const name = this.#interfaceName;
    const seen = name === null ? null : await readInterface(this.#net, name, () => this.#clock.monoMs());
    if (seen === null) return;
    this.#line.push(seen);
    if (this.#line.length > maxKept) this.#line.shift();
    if (this.#isLoading) this.#judge();
  }

  #judge(): void {
    const { down, up } = this.#own();
    const lastOwn = [down, up].flatMap((trace) => trace.at(-1)?.monoMs ?? []);
    const toMs = Math.min(this.#line.at(-1)?.monoMs ?? Number.NaN, ...lastOwn);
    const fromMs = toMs - spanMs;
    const rate = (trace: readonly BytesAt[]) => {
      const bytes = bytesAt(trace, toMs) - bytesAt(trace, fromMs);
      return (bytes * 8) / 1000 / spanMs;
    };
    const line = { downMbps: rate(this.trace('down')), upMbps: rate(this.trace('up')) };
    const own = { downMbps: rate(down), upMbps: rate(up) };
    // Before both traces cover the span nothing can be said.
    const [ownDown, ownUp] = [own.downMbps, own.upMbps];
    if (Number.isNaN(line.downMbps) || (Number.isNaN(ownDown) && Number.isNaN(ownUp))) return;
    const mbps = foreignMbps(line, { downMbps: ownDown || 0, upMbps: ownUp || 0 });
    this.highestMbps = Math.max(this.highestMbps, mbps);
    this.#inRow = mbps > 0 ? this.#inRow + 1 : 0;
    if (this.#inRow >= needed) this.#onForeign(mbps);
  }
}
