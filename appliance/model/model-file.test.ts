import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { type DenseNetwork, evaluate } from './dense-network.ts';
import { featureCount } from './feature-vector.ts';
import { manifestName, readModelFile } from './model-file.ts';
import { loadNetwork } from './onnx-network.ts';
import { readFacts, readNetwork } from './onnx-reader.ts';
import { writeOnnx } from './training/onnx-writer.ts';
import { Random } from './training/random.ts';

const shipped = resolve(import.meta.dirname, 'files');

function randomNetwork(seed: number): DenseNetwork {
  const random = new Random(seed);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal() / 4);
  const layer = (inputs: number, outputs: number) => ({
    inputs,
    outputs,
    weights: numbers(inputs * outputs),
    bias: numbers(outputs),
  });
  const branch = () => [layer(featureCount, 12), layer(12, 6), layer(6, 3)];
  return {
    mean: numbers(featureCount),
    deviation: numbers(featureCount).map((value) => Math.abs(value) + 0.1),
    branches: [branch(), branch()],
  };
}

function rowsOf(seed: number, count: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: featureCount }, () => 2 * random.normal()),
  );
}

const hasCode = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === code && pattern.test(error.message);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ist-model-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function place(folder: string, bytes: Uint8Array, more: Record<string, unknown> = {}): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const facts = { version: 1, features: featureCount, irVersion: 8, opset: 17 };
  await writeFile(join(folder, 'm.onnx'), bytes);
  await writeFile(join(folder, manifestName), JSON.stringify({ file: 'm.onnx', sha256, ...facts, ...more }));
}

test('a written file is read back to the same weights', () => {
  const network = randomNetwork(1);
  assert.deepEqual(readNetwork(writeOnnx(network)), network);
  assert.deepEqual(readFacts(writeOnnx(network)), { irVersion: 8, opset: 17 });
});

test('the ONNX runtime and our own evaluator give the same numbers to 1e-5', async () => {
  const network = randomNetwork(2);
  const loaded = await loadNetwork(writeOnnx(network));
  assert.equal(loaded.engine, 'onnx');
  const rows = rowsOf(3, 1500);
  const answers = await loaded.run(rows);
  await loaded.release();
  assert.equal(answers.length, rows.length);
  let most = 0;
  for (const [at, row] of rows.entries())
    for (const [which, value] of evaluate(network, row).entries())
      most = Math.max(most, Math.abs(value - (answers[at]?.[which] ?? Number.NaN)));
  assert.ok(most <= 1e-5, `largest difference ${most}`);
});

test('the shipped model is the one its manifest names, below 100 KB, and both evaluators agree on it', async () => {
  const { bytes, manifest } = await readModelFile(shipped);
  assert.ok(bytes.length <= 100_000, `${bytes.length} bytes`);
  assert.deepEqual(readFacts(bytes), { irVersion: manifest.irVersion, opset: manifest.opset });
  const loaded = await loadNetwork(bytes);
  const rows = rowsOf(4, 24);
  const answers = await loaded.run(rows);
  await loaded.release();
  const own = readNetwork(bytes);
  for (const [at, row] of rows.entries())
    for (const [which, value] of evaluate(own, row).entries())
      assert.ok(Math.abs(value - (answers[at]?.[which] ?? Number.NaN)) <= 1e-5);
  const card = await readFile(join(shipped, 'model-card.md'), 'utf8');
  assert.ok(card.includes(manifest.sha256), 'the model card speaks of this file');
});

test('a file that is missing, changed, too new or made for other features is refused by name', async () => {
  await inFolder(async (folder) => {
    await assert.rejects(readModelFile(folder), hasCode('MODEL_MISSING', /model\.json is not there/));
    const bytes = writeOnnx(randomNetwork(5));
    await place(folder, bytes);
    assert.equal((await readModelFile(folder)).bytes.length, bytes.length);

    const changed = Uint8Array.from(bytes);
    changed[changed.length >> 1] = 1 + (changed[changed.length >> 1] ?? 0);
    await writeFile(join(folder, 'm.onnx'), changed);
    await assert.rejects(readModelFile(folder), hasCode('MODEL_CHECKSUM', /checksum differs/));

    await place(folder, bytes, { features: 79 });
    await assert.rejects(readModelFile(folder), hasCode('MODEL_VERSION', /trained on 79 features/));
    await place(folder, withOpset(bytes, 28));
    await assert.rejects(
      readModelFile(folder),
      hasCode('MODEL_VERSION', /opset 28.*at most IR 13 and opset 26/),
    );

    await writeFile(join(folder, manifestName), '{"file":"../other"}');
    await assert.rejects(readModelFile(folder), hasCode('MODEL_UNREADABLE', /model\.json/));
    await rm(join(folder, 'm.onnx'));
    await place(folder, bytes);
    await rm(join(folder, 'm.onnx'));
    await assert.rejects(readModelFile(folder), hasCode('MODEL_MISSING', /m\.onnx is not there/));
  });
});

test('bytes that are no model are refused, wherever they end', () => {
  const bytes = writeOnnx(randomNetwork(6));
  for (let length = 0; length < bytes.length; length += 997)
    assert.throws(
      () => {
        const cut = bytes.subarray(0, length);
        readFacts(cut);
        readNetwork(cut);
      },
      hasCode('MODEL_UNREADABLE', /cannot be read/),
    );
  assert.throws(() => readFacts(new TextEncoder().encode('<html>')), hasCode('MODEL_UNREADABLE', /./));
});

/** The operator set stands in the last byte of a file that we wrote. */
function withOpset(bytes: Uint8Array, opset: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 1] = opset;
  return changed;
}
