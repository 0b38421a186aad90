/** The long drill: `node appliance/testing/power-loss/main.ts --points 10000`. Exit code 1 when a cut did damage. */
import { parseArgs } from 'node:util';
import { drill } from './drill.ts';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    sync: { type: 'string', default: 'full' },
  },
});
const verdict = drill({
  points: Number(values.points),
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  durability: values.sync === 'off' ? 'off' : 'full',
});
console.log(JSON.stringify(verdict, null, 2));
process.exitCode = verdict.corrupt + verdict.lost === 0 ? 0 : 1;
