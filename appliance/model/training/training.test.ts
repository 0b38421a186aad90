import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourlyLine } from '../../testing/fakes/hourly-line.ts';
import { evaluate } from '../dense-network.ts';
import { featureCount } from '../feature-vector.ts';
import { scoreSeries } from '../rolling-origin.ts';
import { siteHours } from '../site-hours.ts';
import { joinDatasets, makeDataset } from './dataset.ts';
import { writeOnnx } from './onnx-writer.ts';
import { Random } from './random.ts';
import { householdOf } from './sources.ts';
import { syntheticLine } from './synthetic-line.ts';
import { standardise, type TrainingPlan, trainBranch } from './trainer.ts';

const site = siteHours('UTC');
const plan: TrainingPlan = { epochs: 4, batch: 64, rate: 2e-3, decay: 0.1, hidden: [12, 6], dropout: 0.1 };

/** What no expert knows: a quiet hour is always followed by a loud one. */
const zigzag = (value: number, at: number) => value * (at % 2 === 0 ? 0.7 : 1.3);
const lines = [31, 32, 33].map((seed) => hourlyLine(seed, { days: 28, bend: zigzag }));

function fit(seed: number) {
  const data = makeDataset(lines, site, new Random(seed));
  const losses: number[] = [];
  const scale = standardise(data);
  const branch = trainBranch(data, scale, plan, new Random(seed), (_, loss) => losses.push(loss));
  return { network: { ...scale, branches: [branch] }, losses, data };
}

test('what experts cannot see is learnt, and helps on a line that was not learnt from', async () => {
  const { network, losses } = fit(1);
  assert.ok((losses.at(-1) ?? 9) < 0.9 * (losses[0] ?? 0), losses.join(' '));
  const unseen = hourlyLine(99, { days: 28, bend: zigzag });
  const [without] = await scoreSeries(unseen, [1], site, null);
  const [withIt] = await scoreSeries(unseen, [1], site, async (rows) =>
    rows.map((row) => evaluate(network, row)),
  );
  assert.ok((withIt?.wql ?? 9) < 0.85 * (without?.wql ?? 0), `${withIt?.wql} and ${without?.wql}`);
});

test('the same seed gives the same bytes, another one others', () => {
  const bytes = [2, 2, 3].map((seed) => Buffer.from(writeOnnx(fit(seed).network)).toString('base64'));
  assert.equal(bytes[0], bytes[1]);
  assert.notEqual(bytes[0], bytes[2]);
});

test('a constant line and one without measurements teach nothing and break nothing', () => {
  const still = { ...hourlyLine(1), values: new Float64Array(800).fill(50) };
  const empty = { ...hourlyLine(1), values: new Float64Array(800).fill(Number.NaN) };
  assert.equal(makeDataset([still, empty], site, new Random(1)).count, 0);
  const { data } = fit(4);
  const joined = joinDatasets([makeDataset([empty], site, new Random(1)), data]);
  assert.deepEqual([joined.count, joined.features.length], [data.count, data.count * featureCount]);
});

test('synthetic lines are the same for the same seed, positive, and with holes', () => {
  const draw = () => {
    const random = new Random(8);
    return Array.from({ length: 12 }, (_, which) => syntheticLine(random, which, 2));
  };
  const drawn = draw();
  assert.deepEqual(drawn, draw());
  for (const { values } of drawn) assert.ok(values.every((value) => Number.isNaN(value) || value > 0));
  assert.ok(drawn.some(({ values }) => values.some(Number.isNaN)));
});

test('the lines of one household are left out together', () => {
  assert.equal(householdOf('paulologeh-ee'), householdOf('paulologeh-virgin'));
  assert.notEqual(householdOf('sebarade'), householdOf('bigreds'));
});
