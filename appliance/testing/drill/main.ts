/**
 * The outage drill: `npm run drill [-- --only isp,dns* --labs 3 --repeats 5 --json]`. The real service goes through
 * every fault of the lab; its records are compared with what really was. Ends with 1 when a target is missed.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { Lab } from '../lab/lab.ts';
import { bundledServe } from '../lab/service.ts';
import type { DrillCase } from './case.ts';
import { cases, chooseCases } from './cases.ts';
import { judge } from './judge.ts';
import { print } from './print.ts';
import { fullPace, Stand } from './stand.ts';
import { confusionOf, type Run, targetsOf } from './summary.ts';

const usage = `usage: drill [--only NAMES] [--labs N] [--name NAME] [--repeats N] [--json] [--list]
--only     names separated by commas; name* means all that begin so
--labs     how many networks side by side (3)
--name     what they are called, before their number (drill): another drill may run at the same time
--repeats  how often each case, with another seed each time (5)`;
const maxLabs = 12;

interface Plan {
  /** What is drilled: the service as it is installed. */
  serve: readonly string[];
  labs: number;
  repeats: number;
  name: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      labs: { type: 'string', default: '3' },
      name: { type: 'string', default: 'drill' },
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
  const serve = await bundledServe();
  const runs = await runAll(chosen, { serve, labs, repeats, name: values.name });
  const targets = targetsOf(runs);
  console.log(
    values.json ? JSON.stringify({ runs, matrix: confusionOf(runs), targets }, null, 2) : print(runs),
  );
  return targets.every(({ isMet }) => isMet) ? 0 : 1;
}

/** Repeat by repeat, each in networks with seeds of its own; heavy cases alone, after the others. */
async function runAll(chosen: readonly DrillCase[], { labs, repeats, ...plan }: Plan): Promise<Run[]> {
  const runs: Run[] = [];
  // Cases of one setup together, so that the service is seldom started anew.
  const ordered = chosen.toSorted((a, b) => (a.setup ?? '').localeCompare(b.setup ?? ''));
  const light = ordered.filter(({ isHeavy }) => !isHeavy);
  const heavy = ordered.filter(({ isHeavy }) => isHeavy);
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    await workTogether(Math.min(labs, light.length), { ...plan, repeat, queue: [...light], runs });
    await workTogether(Math.min(1, heavy.length), { ...plan, repeat, queue: [...heavy], runs });
  }
  const order = cases.map((each) => each.name);
  return runs.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name) || a.seed - b.seed);
}

/** What the networks of one repeat have to do; each takes from the front of the queue. */
interface Work {
  serve: readonly string[];
  name: string;
  repeat: number;
  queue: DrillCase[];
  runs: Run[];
}

/** A network that does not come up leaves its work to the others. */
async function workTogether(count: number, work: Work): Promise<void> {
  const workers = Array.from({ length: count }, (_, index) => workAlone(index + 1, work));
  for (const ended of await Promise.allSettled(workers))
    if (ended.status === 'rejected') console.error(`drill: ${messageOf(ended.reason)}`);
  const left = work.queue.length;
  if (left > 0) throw new Error(`${left} runs are left, and no network to do them in`);
}

async function workAlone(number: number, { serve, name, repeat, queue, runs }: Work): Promise<void> {
  const seed = repeat * 100 + number;
  await using stand = await Stand.open({ name: `${name}${number}`, seed }, fullPace, serve);
  for (let drill = queue.shift(); drill; drill = queue.shift()) runs.push(await runOne(stand, drill, seed));
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

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`drill: ${messageOf(error)}\n${usage}`);
  process.exitCode = 2;
}
