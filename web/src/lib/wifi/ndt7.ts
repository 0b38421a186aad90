/** A client of the box's own ndt7 endpoint: what arrives is counted by whoever receives it. */
import { type Counted, recentMbps, steadyMbps } from './steady-rate.ts';

export const protocol = 'net.measurementlab.ndt.v7';
/** Long enough for a radio to reach its pace, short enough to walk on. */
const loadMs = 5000;
/** The box that has said nothing for this long is gone. */
const silenceMs = 4000;
const openMs = 5000;
const messageBytes = 1 << 16;
/** More waiting in the browser would only be a longer queue before the first counted byte. */
const mostBuffered = 1 << 22;
const feedMs = 10;

export interface Transfer {
  mbps: number | null;
  bytes: number;
  /** Share of the time in which this device had no time for it, 0..1: near one, it is the limit. */
  strain: number;
}

/** The endpoint did not serve: it is busy, switched off, or something in between does not let WebSockets pass. */
export class NotServed extends Error {}

type OnRate = (mbps: number | null) => void;

/** `base`: origin of the box, with ws: or wss:. */
export function download(base: string, signal: AbortSignal, onRate: OnRate): Promise<Transfer> {
  const counts: Counted[] = [];
  let bytes = 0;
  return transfer(`${base}/ndt/v7/download`, signal, {
    counts,
    onRate,
    message: (data) => {
      // The box's own messages travel the same way and count as well.
      bytes += typeof data === 'string' ? data.length : data.byteLength;
      const atMs = performance.now();
      if (atMs - (counts.at(-1)?.atMs ?? 0) >= 25) counts.push({ atMs, bytes });
    },
  });
}

export function upload(base: string, signal: AbortSignal, onRate: OnRate): Promise<Transfer> {
  const counts: Counted[] = [];
  const noise = noiseOf(messageBytes);
  return transfer(`${base}/ndt/v7/upload`, signal, {
    counts,
    onRate,
    // What this side has handed to the browser says nothing of what has arrived.
    message: (data) => {
      const counted = typeof data === 'string' ? countOf(data) : null;
      if (counted) counts.push(counted);
    },
    feed: (socket) => {
      while (socket.bufferedAmount < mostBuffered) socket.send(noise);
    },
  });
}

interface Way {
  counts: Counted[];
  onRate: OnRate;
  message(data: string | ArrayBuffer): void;
  feed?(socket: WebSocket): void;
}

function transfer(url: string, signal: AbortSignal, way: Way): Promise<Transfer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocol);
    socket.binaryType = 'arraybuffer';
    const strain = new Strain();
    let heardMs = performance.now();
    let startedMs = 0;
    let isOver = false;
    const end = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      signal.removeEventListener('abort', abort);
      socket.close();
      if (error !== undefined) reject(error);
      else
        resolve({
          mbps: steadyMbps(way.counts),
          bytes: way.counts.at(-1)?.bytes ?? 0,
          strain: strain.share,
        });
    };
    const abort = () => end(signal.reason);
    signal.addEventListener('abort', abort);
    const tick = () => {
      const nowMs = performance.now();
      if (startedMs === 0) {
        if (nowMs - heardMs > openMs) end(new NotServed());
        return;
      }
      strain.tick(nowMs);
      if (nowMs - startedMs > loadMs) end();
      else if (nowMs - heardMs > silenceMs) end(new NotServed());
      else {
        way.feed?.(socket);
        way.onRate(recentMbps(way.counts));
      }
    };
    const timer = setInterval(tick, feedMs);
    socket.onopen = () => {
      startedMs = performance.now();
      heardMs = startedMs;
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      heardMs = performance.now();
      way.message(event.data);
    };
    // The box may end it by its own bounds: what was counted until then stands.
    socket.onclose = () => end(steadyMbps(way.counts) === null ? new NotServed() : undefined);
    if (signal.aborted) abort();
  });
}

/** ndt7 protocol, "measurement message": what the receiver has, by its own clock in µs. */
function countOf(text: string): Counted | null {
  try {
    const { TCPInfo, AppInfo } = JSON.parse(text) as {
      TCPInfo?: { BytesReceived?: number; ElapsedTime?: number };
      AppInfo?: { NumBytes?: number; ElapsedTime?: number };
    }; // checked below
    const bytes = TCPInfo?.BytesReceived ?? AppInfo?.NumBytes;
    const elapsedUs = TCPInfo?.ElapsedTime ?? AppInfo?.ElapsedTime;
    return typeof bytes === 'number' && typeof elapsedUs === 'number'
      ? { atMs: elapsedUs / 1000, bytes }
      : null;
  } catch {
    return null; // not a measurement: no count
  }
}

/** Random, so that nothing on the way can make it smaller. */
function noiseOf(size: number): Uint8Array<ArrayBuffer> {
  const noise = new Uint8Array(size);
  const most = 65_536; // of getRandomValues, W3C Web Cryptography §10.1.1
  for (let at = 0; at < size; at += most) crypto.getRandomValues(noise.subarray(at, at + most));
  return noise;
}

/** How late a timer comes is how busy this thread is. */
class Strain {
  #lastMs = 0;
  #firstMs = 0;
  #lateMs = 0;

  tick(nowMs: number): void {
    if (this.#lastMs === 0) this.#firstMs = nowMs;
    // Half a period is what browsers round timers by.
    else this.#lateMs += Math.max(0, nowMs - this.#lastMs - feedMs * 1.5);
    this.#lastMs = nowMs;
  }

  get share(): number {
    const span = this.#lastMs - this.#firstMs;
    return span > 0 ? this.#lateMs / span : 0;
  }
}
