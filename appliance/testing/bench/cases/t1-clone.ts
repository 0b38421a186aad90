import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { finish, hasProgram } from '../../lab/processes.ts';
import { startServiceHere } from '../../lab/service.ts';
import { type BenchCase, count, NotMeasured } from '../case.ts';

const root = path.resolve(import.meta.dirname, '../../../..');

export const clone: BenchCase = {
  id: 'T1',
  title: 'fresh clone: npm ci && npm start answers /health',
  async run(bench) {
    for (const program of ['git', 'npm', 'cc', 'make', 'python3'])
      if (!hasProgram(program)) throw new NotMeasured(`needs ${program}`);
    const folder = path.join(bench.cacheFolder, 'clone');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const must = async (argv: string[]) => {
      const { code, stderr, stdout } = await finish(argv, { timeoutMs: 300_000 });
      if (code !== 0)
        throw new NotMeasured(`${argv.slice(0, 4).join(' ')}: ${(stderr + stdout).trim().slice(-400)}`);
    };
    try {
      await must(['git', 'clone', '-q', '--no-hardlinks', root, path.join(folder, 'ist')]);
      const startedMs = systemClock.monoMs();
      await must(['npm', '--prefix', path.join(folder, 'ist'), 'ci']);
      const installedMs = systemClock.monoMs();
      const argv = ['npm', '--prefix', path.join(folder, 'ist'), 'start'];
      // Each in a network of its own that holds nothing but loopback: offline is then a fact, and port 8080 is free.
      const offline = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...argv];
      const service = await startServiceHere(path.join(folder, 'data'), {
        argv: offline,
        readyWithinMs: 120_000,
      });
      await service.stop();
      const seconds = (installedMs - startedMs + service.readyMs) / 1000;
      return [
        {
          what: 'clone to /health',
          ours: count(seconds, 's'),
          peer: null,
          target: '< 60 s',
          isMet: seconds < 60,
          note:
            `npm ci ${((installedMs - startedMs) / 1000).toFixed(1)} s with the machine's npm cache, then npm start ` +
            `(builds included) ${(service.readyMs / 1000).toFixed(1)} s in a network namespace without any connection`,
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
