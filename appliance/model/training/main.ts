/**
 * Trains the model that is shipped and proves it: `npm run train -- FOLDER`. Each household is forecast once by a network
 * that never saw any of its lines; then one network learns from all. Seeded: the same files give the same weights.
 */
import { resolve } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { HourlySeries, OverallScore, SeriesScore } from '../../core/forecasting.ts';
import { type DenseNetwork, evaluate } from '../dense-network.ts';
import { fewestOrigins, type Network, scoreSeries } from '../rolling-origin.ts';
import { overall } from '../score.ts';
import { siteHours } from '../site-hours.ts';
import { type Dataset, joinDatasets, makeDataset } from './dataset.ts';
import { Random } from './random.ts';
import { writeModel } from './release.ts';
import { householdOf, readTrainingFiles } from './sources.ts';
import { syntheticLine } from './synthetic-line.ts';
import { standardise, type TrainingPlan, trainBranch } from './trainer.ts';

const plan: TrainingPlan = { epochs: 8, batch: 256, rate: 1e-3, decay: 0.3, hidden: [32, 16], dropout: 0.3 };
/** Of the shipped model; in the folds one is enough to compare. */
const branches = 3;
const syntheticLines = 16;
const syntheticWeeks = 8;
const seed = 20_261_122;
const horizons = [1, 24];
/** Clock times are not learnt, so the zone of a line does not matter. */
const site = siteHours('UTC');
const filesFolder = resolve(import.meta.dirname, '../files');
const startedMs = systemClock.monoMs();

export interface Proof {
  series: SeriesScore[];
  all: OverallScore[];
}

async function train(folder: string): Promise<void> {
  const files = await readTrainingFiles(folder);
  const lines = files.flatMap(({ series }) => series);
  say(`${lines.length} series of ${files.length} files, and ${syntheticLines} synthetic lines`);
  const households = Map.groupBy(lines, ({ name }) => householdOf(name));
  const data = new Map(
    [...households].map(([name, own]) => [name, makeDataset(own, site, new Random(seed))]),
  );
  const synthetic = makeSynthetic();
  const withModel = await prove(households, data, synthetic);
  const withoutModel = await scoreAll(lines, null);
  say('learning from all');
  const network = fit([...data.values(), synthetic], branches);
  const made = writeModel(filesFolder, {
    network,
    files,
    plan,
    seed,
    branches,
    syntheticLines,
    withModel,
    withoutModel,
  });
  say(`${made.manifest.file}: ${made.bytes} bytes, sha256 ${made.manifest.sha256}`);
}

/** Leaves each household out once. */
async function prove(
  households: ReadonlyMap<string, readonly HourlySeries[]>,
  data: ReadonlyMap<string, Dataset>,
  synthetic: Dataset,
): Promise<Proof> {
  const series: SeriesScore[] = [];
  for (const [left, own] of households) {
    say(`learning without ${left}`);
    const others = [...data].flatMap(([name, set]) => (name === left ? [] : [set]));
    const network = fit([...others, synthetic], 1);
    const run: Network = async (rows) => rows.map((row) => evaluate(network, row));
    series.push(...(await scoreAll(own, run)).series);
  }
  return { series, all: overall(series, horizons) };
}

async function scoreAll(lines: readonly HourlySeries[], network: Network | null): Promise<Proof> {
  const series: SeriesScore[] = [];
  for (const line of lines) {
    const scores = await scoreSeries(line, horizons, site, network);
    series.push(...scores.filter(({ origins }) => origins >= fewestOrigins));
  }
  return { series, all: overall(series, horizons) };
}

function fit(sets: readonly Dataset[], count: number): DenseNetwork {
  const all = joinDatasets(sets);
  const scale = standardise(all);
  const trained = Array.from({ length: count }, (_, which) =>
    trainBranch(all, scale, plan, new Random(seed + which + 1), (epoch, loss) =>
      say(`  ${all.count} examples, epoch ${epoch} of ${plan.epochs}: loss ${loss.toFixed(4)}`),
    ),
  );
  return { ...scale, branches: trained };
}

function makeSynthetic(): Dataset {
  const random = new Random(seed);
  const lines = Array.from({ length: syntheticLines }, (_, which) =>
    syntheticLine(random, which, syntheticWeeks),
  );
  return makeDataset(lines, site, random);
}

function say(text: string): void {
  const seconds = Math.round((systemClock.monoMs() - startedMs) / 1000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(
    'npm run train -- FOLDER, with measurements as .csv or .csv.gz: see docs/forecast.md\n',
  );
  process.exit(2);
}
try {
  await train(resolve(folder));
} catch (error) {
  process.stderr.write(
    `${error instanceof AppError ? error.message : ((error as Error).stack ?? messageOf(error))}\n`,
  ); // what is thrown here is an Error
  process.exit(1);
}
