import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { systemClock } from '../core/clock.ts';

const shown = 10;

/** How long every test file took, and every suite; printed when all is over. */
export class Durations {
  readonly #root: string;
  readonly #files: { file: string; suite: string; ms: number }[] = [];
  readonly #suites: { name: string; ms: number; cpuMs: number }[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  file(suite: string, file: string, ms: number): void {
    this.#files.push({ suite, file: relative(this.#root, file), ms });
  }

  /** Measures a suite; the processor time is that of everything which it started and which has ended. */
  async suite(name: string, run: () => Promise<void>): Promise<void> {
    const startedMs = systemClock.monoMs();
    const cpuBeforeMs = childrenCpuMs();
    await run();
    this.#suites.push({
      name,
      ms: systemClock.monoMs() - startedMs,
      cpuMs: childrenCpuMs() - cpuBeforeMs,
    });
  }

  print(): void {
    if (this.#files.length === 0) return;
    console.log('\nThe files that took longest:');
    const longest = this.#files.toSorted((a, b) => b.ms - a.ms).slice(0, shown);
    for (const { suite, file, ms } of longest)
      console.log(`${seconds(ms).padStart(8)}  ${suite.padEnd(8)} ${file}`);
    for (const { name, ms, cpuMs } of this.#suites)
      console.log(`${name} tests took ${seconds(ms)}, and ${seconds(cpuMs)} of processor time`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Of all children that have ended, and theirs. */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // proc(5): cutime and cstime are fields 16 and 17, in ticks of 10 ms; the name in parentheses may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
