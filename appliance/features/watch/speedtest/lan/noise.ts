import { randomFillSync } from 'node:crypto';
import { Readable } from 'node:stream';

const blockBytes = 131_072;
let block: Buffer | null = null;

/** So many bytes that no compressor makes fewer. */
export function noiseStream(bytes: number): Readable {
  block ??= randomFillSync(Buffer.alloc(blockBytes));
  const noise = block;
  let rest = bytes;
  return new Readable({
    highWaterMark: blockBytes,
    read() {
      const part = noise.subarray(0, Math.min(rest, noise.length));
      rest -= part.length;
      this.push(part.length > 0 ? part : null);
    },
  });
}
