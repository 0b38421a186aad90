import { randomBytes, randomFillSync } from 'node:crypto';
import { frameHeader, opcodes } from './frames.ts';

/** Large enough that a write takes many milliseconds of a fast line, small enough for a board of 512 MB. */
const blockBytes = 262_144;
const framePayload = 65_536;

let noise: Uint8Array | null = null;

/** The same random bytes again and again: no compressor on the way has a window of this size. */
export function noiseBlock(): Uint8Array {
  noise ??= randomFillSync(new Uint8Array(blockBytes));
  return noise;
}

const frames: { client: Uint8Array | null; server: Uint8Array | null } = { client: null, server: null };

/** Whole binary frames of noise, to be sent over and over: noise that is masked is noise. */
export function framedBlock(side: 'client' | 'server'): Uint8Array {
  frames[side] ??= makeFrames(side === 'client');
  return frames[side];
}

function makeFrames(isMasked: boolean): Uint8Array {
  const count = blockBytes / framePayload;
  const parts = Array.from({ length: count }, (_, index) => [
    frameHeader(opcodes.binary, framePayload, isMasked ? randomBytes(4) : null),
    noiseBlock().subarray(index * framePayload, (index + 1) * framePayload),
  ]);
  return Buffer.concat(parts.flat());
}
