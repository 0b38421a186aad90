import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { outputCount } from './correction.ts';
import { evaluate } from './dense-network.ts';
import { featureCount } from './feature-vector.ts';
import { readNetwork } from './onnx-reader.ts';
import type { Network } from './rolling-origin.ts';

/** Rows of one run: a month of hours, half a megabyte. */
const maxRows = 1024;

export interface LoadedNetwork {
  run: Network;
  /** `typescript`: the runtime does not load on this machine and our own evaluator takes its place. */
  engine: 'onnx' | 'typescript';
  release(): Promise<void>;
}

/** Makes a model file ready to run; imports the runtime, so it belongs into a process of its own. */
export async function loadNetwork(bytes: Uint8Array): Promise<LoadedNetwork> {
  const runtime = await importRuntime();
  if (runtime === null) {
    const network = readNetwork(bytes);
    const run = async (rows: readonly Float32Array[]) => rows.map((row) => evaluate(network, row));
    return { engine: 'typescript', run, release: async () => undefined };
  }
  const session = await runtime.InferenceSession.create(bytes, {
    // 50 KB of weights: a second thread costs more than it gives, and an arena holds memory for nothing.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  const makeTensor = (data: Float32Array, rows: number) =>
    new runtime.Tensor('float32', data, [rows, featureCount]);
  return {
    engine: 'onnx',
    run: (rows) => runBatches(session, rows, makeTensor),
    release: () => session.release(),
  };
}

async function importRuntime(): Promise<typeof import('onnxruntime-node') | null> {
  try {
    return await import('onnxruntime-node');
  } catch {
    return null; // no binary for this machine: the weights are small enough to be multiplied by hand
  }
}

async function runBatches(
  session: InferenceSession,
  rows: readonly Float32Array[],
  makeTensor: (data: Float32Array, rows: number) => Tensor,
): Promise<Float32Array[]> {
  const answers: Float32Array[] = [];
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  for (let from = 0; from < rows.length; from += maxRows) {
    const batch = rows.slice(from, from + maxRows);
    const data = new Float32Array(batch.length * featureCount);
    for (const [at, row] of batch.entries()) data.set(row, at * featureCount);
    const result = (await session.run({ [input]: makeTensor(data, batch.length) }))[output];
    const values = result?.data;
    if (!(values instanceof Float32Array)) throw new TypeError('the model gave something else than floats');
    for (let at = 0; at < batch.length; at += 1)
      answers.push(values.slice(at * outputCount, (at + 1) * outputCount));
  }
  return answers;
}
