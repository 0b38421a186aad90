/** Records the real store once and replays power cuts over the recording. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLog, replay, type Verdict } from './replay.ts';

export interface DrillOptions {
  points: number;
  minutes: number;
  durability: 'full' | 'off';
  seed: number;
}

/** Memory, because the replayed disks need no disk. */
const replayRoot = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function drill(options: DrillOptions): Verdict {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'power-loss-')));
  const replayFolder = mkdtempSync(join(replayRoot, 'power-loss-'));
  try {
    const library = join(work, 'record.so');
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-O2',
      '-o',
      library,
      join(import.meta.dirname, 'record.c'),
      '-ldl',
    ]);
    const folder = join(work, 'data');
    const log = join(work, 'log');
    mkdirSync(folder);
    const writer = join(import.meta.dirname, 'writer.ts');
    const run = spawnSync(
      process.execPath,
      [...process.execArgv.filter(isFlag), writer, folder, String(options.minutes), options.durability],
      {
        env: { LD_PRELOAD: library, POWER_LOSS_FOLDER: folder, POWER_LOSS_LOG: log },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 120_000,
      },
    );
    if (run.signal !== 'SIGKILL') throw new Error(`the recorded process failed: ${run.stderr.toString()}`);
    return replay(parseLog(readFileSync(log)), replayFolder, options.points, options.seed);
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(replayFolder, { recursive: true, force: true });
  }
}

/** Flags of the runtime, but not those of a test runner or a profiler. */
function isFlag(argument: string): boolean {
  return argument.startsWith('--disable-warning');
}
