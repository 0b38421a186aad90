/** `npm run bench [ids…] [--json FILE] [--minutes N] [--rounds N] [--full]`: one table of what was promised and what is. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, toIso } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { NotMeasured } from './case.ts';
import { cases } from './cases.ts';
import { openBench } from './context.ts';
import { type ResultRow, rowOf, tableOf, unmeasured } from './table.ts';

const cacheFolder = path.resolve(import.meta.dirname, '../../../.cache/bench');
const usage = `usage: bench [ids…] [--json FILE] [--minutes N] [--rounds N] [--full]
ids: ${cases.map(({ id }) => id).join(' ')}, or the first letters of some
--minutes  length of the run with the real service (10)
--full     the long versions: 10,000 probes, 50 kills`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string', default: path.join(cacheFolder, 'bench-results.json') },
      minutes: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const wanted = positionals.map((id) => id.toUpperCase());
  const chosen = cases.filter(
    ({ id }) => wanted.length === 0 || wanted.some((prefix) => id.startsWith(prefix)),
  );
  const [minutes, rounds] = [Number(values.minutes), Number(values.rounds)];
  if (values.help || chosen.length === 0 || !(minutes > 0) || !(rounds >= 1)) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  await mkdir(cacheFolder, { recursive: true });
  const bench = openBench({ isFull: values.full, minutes, rounds, cacheFolder });
  const rows: ResultRow[] = [];
  try {
    for (const one of chosen) {
      bench.say(`${one.id} ${one.title} …`);
      try {
        rows.push(...(await one.run(bench)).map((finding) => rowOf(one, finding)));
      } catch (error) {
        const reason = error instanceof NotMeasured ? error.message : `failed: ${messageOf(error)}`;
        rows.push(unmeasured(one, reason));
      }
    }
  } finally {
    await bench.close();
  }
  const at = toIso(systemClock.wallMs());
  await writeFile(
    values.json,
    `${JSON.stringify({ at, minutes, rounds, isFull: values.full, rows }, null, 2)}\n`,
  );
  console.log(tableOf(rows));
  const tally = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  console.log(
    `\n${tally('met')} met, ${tally('not met')} not met, ${tally('not measured')} not measured; ${values.json}`,
  );
  return tally('not met') > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${messageOf(error)}\n${usage}`);
  process.exitCode = 2;
}
