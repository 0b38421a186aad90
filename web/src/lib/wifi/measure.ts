/** One Wi-Fi test: delay at rest, then each direction with the delay beside it. */
import { delayFor, delayUntil } from './delay.ts';
import { download, type Transfer, upload } from './ndt7.ts';

export type WifiPhase = 'idle' | 'download' | 'upload';

export interface WifiProgress {
  phase: WifiPhase;
  mbps: number | null;
  rttMs: number | null;
}

export interface WifiResult {
  atMs: number;
  downMbps: number | null;
  upMbps: number | null;
  idleMs: number | null;
  loadedDownMs: number | null;
  loadedUpMs: number | null;
  /** The processor of this device was the limit, not the radio. */
  isStrained: boolean;
  isEncrypted: boolean;
}

const restMs = 2000;
/** Above this share of lateness the browser cannot take more. */
const strained = 0.35;

export async function measureWifi(
  origin: string,
  signal: AbortSignal,
  onProgress: (progress: WifiProgress) => void,
): Promise<WifiResult> {
  const base = origin.replace(/^http/, 'ws');
  let now: WifiProgress = { phase: 'idle', mbps: null, rttMs: null };
  const tell = (change: Partial<WifiProgress>) => {
    now = { ...now, ...change };
    onProgress(now);
  };
  tell({});
  const idleMs = await delayFor(restMs, signal, (rttMs) => tell({ rttMs }));
  signal.throwIfAborted();
  const load = async (phase: 'download' | 'upload', run: typeof download) => {
    tell({ phase, mbps: null });
    return await withDelay(
      signal,
      (mbps) => tell({ mbps }),
      (rttMs) => tell({ rttMs }),
      run,
      base,
    );
  };
  const down = await load('download', download);
  const up = await load('upload', upload);
  return {
    atMs: Date.now(),
    downMbps: down.transfer.mbps,
    upMbps: up.transfer.mbps,
    idleMs,
    loadedDownMs: down.delayMs,
    loadedUpMs: up.delayMs,
    isStrained: Math.max(down.transfer.strain, up.transfer.strain) > strained,
    isEncrypted: base.startsWith('wss'),
  };
}

async function withDelay(
  signal: AbortSignal,
  onRate: (mbps: number | null) => void,
  onDelay: (ms: number) => void,
  run: typeof download,
  base: string,
): Promise<{ transfer: Transfer; delayMs: number | null }> {
  const over = new AbortController();
  const delay = delayUntil(AbortSignal.any([signal, over.signal]), onDelay);
  try {
    const transfer = await run(base, signal, onRate);
    over.abort();
    return { transfer, delayMs: await delay };
  } finally {
    over.abort();
  }
}
