import type { Lab } from '../lab/lab.ts';
import type { Finished } from '../lab/processes.ts';

export interface FpingResult {
  rttsUs: number[];
  sent: number;
  received: number;
  cpuUs: number;
}

type Execute = (argv: readonly string[]) => Promise<Finished>;

/** fping against addresses, all in one phase; the CPU is that of its whole process. */
export async function fping(
  execute: Execute,
  addresses: readonly string[],
  options: { count: number; periodMs: number },
): Promise<FpingResult> {
  // `times` prints the shell's own user and system time, then those of its children.
  const shell = ['bash', '-c', '"$@" 2>&1; times', 'bash'];
  const words = [
    'fping',
    '-q',
    '-C',
    `${options.count}`,
    '-p',
    `${options.periodMs}`,
    '-i',
    '0',
    '-t',
    '900',
  ];
  const { stdout } = await execute([...shell, ...words, ...addresses]);
  const answers = stdout
    .split('\n')
    .filter((line) => / : /.test(line))
    .flatMap((line) => line.split(' : ')[1]?.trim().split(/\s+/) ?? []);
  const rttsUs = answers.filter((word) => word !== '-').map((word) => Number(word) * 1000);
  const children = stdout.trim().split('\n').at(-1) ?? '';
  if (answers.length === 0) throw new Error(`fping said: ${stdout.trim().slice(0, 300)}`);
  return { rttsUs, sent: answers.length, received: rttsUs.length, cpuUs: cpuOf(children) };
}

/** `0m0.012s 0m0.034s` as µs together. */
function cpuOf(times: string): number {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1e6,
    0,
  );
}

export const inClient =
  (lab: Lab): Execute =>
  async (argv) =>
    await lab.exec('client', argv);

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
