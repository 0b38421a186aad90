/**
 * The outage drill: `npm run drill [-- --only isp,dns* --labs 3 --repeats 5 --json]`. The real service goes through
 * every fault of the lab; its records are compared with what really was. Ends with 1 when a target is missed.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { Lab } from '../lab/lab.ts';
import type { DrillCase } from './case.ts';
import { cases, chooseCases } from './cases.ts';
import { judge } from './judge.ts';
import { print } from './print.ts';
import { Stand } from './stand.ts';
import { confusionOf, type Run, targetsOf } from './summary.ts';

const usage = `usage: drill [--only NAMES] [--labs N] [--repeats N] [--json] [--list]
--only     names separated by commas; name* means all that begin so
--labs     how many networks side by side (3)
--repeats  how often each case, with another seed each time (5)`;
const maxLabs = 8;

interface Task {
  drill: DrillCase;
  repeat: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      labs: { type: 'string', default: '3' },
      repeats: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list) {
    console.log(cases.map(({ name }) => name).join('\n'));
    return 0;
  }
  const [labs, repeats] = [Number(values.labs), Number(values.repeats)];
  if (!(labs >= 1 && labs <= maxLabs) || !(repeats >= 1)) {
    console.error(usage);
    return 2;
  }
  const reason = Lab.unavailable();
  if (reason) throw new Error(reason);
  const chosen = chooseCases(values.only.split(',').filter((name) => name !== ''));
  const runs = await runAll(tasksOf(chosen, repeats), labs);
  const targets = targetsOf(runs);
  console.log(
    values.json ? JSON.stringify({ runs, matrix: confusionOf(runs), targets }, null, 2) : print(runs),
  );
  return targets.every(({ isMet }) => isMet) ? 0 : 1;
}

/** Repeat by repeat, cases of one setup together, so that networks and services are seldom started anew. */
function tasksOf(chosen: readonly DrillCase[], repeats: number): Task[] {
  const ordered = chosen.toSorted((a, b) => (a.setup ?? '').localeCompare(b.setup ?? ''));
  return Array.from({ length: repeats }, (_, repeat) => ordered.map((drill) => ({ drill, repeat }))).flat();
}

async function runAll(tasks: readonly Task[], labs: number): Promise<Run[]> {
  const runs: Run[] = [];
  const light = tasks.filter(({ drill }) => !drill.isHeavy);
  const count = Math.min(labs, light.length);
  await Promise.all(Array.from({ length: count }, (_, worker) => work(`drill${worker + 1}`, light, runs)));
  await work(
    'drill1',
    tasks.filter(({ drill }) => drill.isHeavy),
    runs,
  );
  const order = cases.map(({ name }) => name);
  return runs.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name) || a.seed - b.seed);
}

/** Takes tasks from the front until there are none; a network for each repeat, because the seed belongs to it. */
async function work(name: string, queue: Task[], runs: Run[]): Promise<void> {
  let stand: Stand | null = null;
  let repeat = -1;
  try {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const seed = seedOf(name, task.repeat);
      if (!stand || repeat !== task.repeat) {
        await stand?.[Symbol.asyncDispose]();
        stand = await Stand.open(name, seed);
        repeat = task.repeat;
      }
      runs.push(await runOne(stand, task.drill, seed));
    }
  } finally {
    await stand?.[Symbol.asyncDispose]();
  }
}

async function runOne(stand: Stand, drill: DrillCase, seed: number): Promise<Run> {
  const { name } = drill;
  try {
    const judgement = judge(drill, await stand.run(drill));
    console.error(`${judgement.isRight ? 'right' : 'WRONG'}  ${name} (seed ${seed})`);
    return { name, seed, judgement, trouble: null };
  } catch (error) {
    console.error(`FAILED ${name} (seed ${seed}): ${messageOf(error)}\n${stand.output}`);
    return { name, seed, judgement: null, trouble: messageOf(error).split('\n')[0] ?? '' };
  }
}

function seedOf(name: string, repeat: number): number {
  return (repeat + 1) * 100 + Number(name.replace(/\D/g, ''));
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`drill: ${messageOf(error)}\n${usage}`);
  process.exitCode = 2;
}
