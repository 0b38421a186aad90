import { Lab } from '../lab/lab.ts';
import { finish, hasProgram } from '../lab/processes.ts';
import { type Bench, NotMeasured } from './case.ts';
import { type LongRun, runLong } from './long-run.ts';

export interface BenchOptions {
  isFull: boolean;
  rounds: number;
  minutes: number;
  cacheFolder: string;
}

/** The context of one run of the bench; `close` takes the lab down. */
export function openBench(options: BenchOptions): Bench & { close(): Promise<void> } {
  let lab: Promise<Lab> | null = null;
  let long: Promise<LongRun> | null = null;
  const bench: Bench = {
    ...options,
    say: (text) => console.error(text),
    async lab() {
      const reason = Lab.unavailable();
      if (reason) throw new NotMeasured(reason);
      lab ??= Lab.up({ name: 'istbench', seed: 61 });
      const network = await lab;
      await network.clear();
      return network;
    },
    async longRun() {
      long ??= runLong(bench);
      return await long;
    },
    async need(program, aptPackage) {
      if (hasProgram(program)) return;
      if (process.getuid?.() !== 0 || !hasProgram('apt-get'))
        throw new NotMeasured(`needs ${program} (apt-get install ${aptPackage})`);
      bench.say(`installing ${aptPackage}`);
      const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', aptPackage];
      await finish(['apt-get', 'update', '-qq'], { timeoutMs: 300_000 });
      const { stderr } = await finish(install, { timeoutMs: 600_000 });
      if (!hasProgram(program))
        throw new NotMeasured(`${aptPackage} could not be installed: ${stderr.trim().split('\n').at(-1)}`);
    },
  };
  return {
    ...bench,
    close: async () => {
      await (await lab?.catch(() => null))?.down();
    },
  };
}
