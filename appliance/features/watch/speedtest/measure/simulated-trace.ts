/** A bottleneck with a FIFO in numbers, for tests: what a load looks like on it. */
import type { BytesAt, DelayAt } from './trace.ts';

export interface SimulatedLine {
  mbps: (ms: number) => number;
  /** Share of the line that the load asks for, over time: below one the queue drains. */
  demand: (ms: number) => number;
  bufferMs: number;
  baseMs: number;
  seconds: number;
  /** Error of each sample's time, ms. */
  jitterMs?: number;
  random?: () => number;
}

export function simulate(line: SimulatedLine): { samples: BytesAt[]; delays: DelayAt[] } {
  const { mbps, demand, bufferMs, baseMs, seconds, jitterMs = 0, random = () => 0.5 } = line;
  const samples: BytesAt[] = [];
  const delays: DelayAt[] = [];
  let [queueBits, bits] = [0, 0];
  for (let ms = 0; ms <= seconds * 1000; ms += 1) {
    const rate = mbps(ms) * 1000; // bits a ms
    queueBits = Math.min(bufferMs * rate, queueBits + demand(ms) * rate);
    const served = Math.min(queueBits, rate);
    queueBits -= served;
    bits += served;
    if (ms % 50 === 0) samples.push({ monoMs: ms + jitterMs * (random() - 0.5), bytes: bits / 8 });
    if (ms % 20 === 0) delays.push({ sentMonoMs: ms, rttMs: baseMs + queueBits / rate });
  }
  return { samples, delays };
}
