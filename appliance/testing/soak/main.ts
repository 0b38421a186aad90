/**
 * The long run: `npm run soak -- --minutes 60 --targets 50 --rate 5`. The real service probes the lab at that rate while
 * its memory, its main loop and its losses are watched. Ends with 1 when a limit is broken, 2 on wrong use.
 * `--targets 2000 --rate 1 --core 0` pins the service to one core and asks for no loss of its own making.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { Lab } from '../lab/lab.ts';
import { soak } from './soak.ts';
import { summarise } from './summary.ts';

const usage = `usage: soak [--minutes N] [--targets N] [--rate N-a-second] [--core N] [--json]`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      targets: { type: 'string', default: '50' },
      rate: { type: 'string', default: '5' },
      core: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const reason = Lab.unavailable();
  if (reason) throw new Error(reason);
  const numbers = [values.minutes, values.targets, values.rate, values.core ?? '0'].map(Number);
  const [minutes = 0, targets = 0, rate = 0, core = 0] = numbers;
  const isSensible = minutes > 0 && targets >= 1 && targets <= 2000 && rate > 0 && rate <= 50 && core >= 0;
  if (numbers.some(Number.isNaN) || !isSensible) {
    console.error(`${usage}\n1 to 2000 targets, at most 50 a second each`);
    return 2;
  }
  const result = await soak(
    { minutes, targets, rate, core: values.core === undefined ? null : core },
    (line) => console.error(line),
  );
  const { text, isPassed } = summarise(result);
  console.log(values.json ? JSON.stringify({ ...result, isPassed }, null, 2) : text);
  return isPassed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`soak: ${messageOf(error)}\n${usage}`);
  process.exitCode = 2;
}
