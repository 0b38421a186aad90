import { AppError } from '../core/errors.ts';
import type { Branch, DenseNetwork, Layer } from './dense-network.ts';

/** What the runtime we ship accepts; newer files are refused with a name instead of a stack trace. */
const newestOpset = 26;
const newestIr = 13;

interface Field {
  number: number;
  /** Varints as numbers, everything else as its bytes. */
  value: number | Uint8Array;
}

interface Tensor {
  name: string;
  dims: number[];
  values: Float32Array;
}

export interface OnnxFacts {
  irVersion: number;
  opset: number;
}

/** The versions that a model file asks for. Throws AppError `MODEL_UNREADABLE` or `MODEL_VERSION`. */
export function readFacts(bytes: Uint8Array): OnnxFacts {
  const fields = fieldsOf(bytes);
  const irVersion = numberOf(fields, 1);
  const opset = Math.max(0, ...messages(fields, 8).map((own) => numberOf(own, 2)));
  if (opset === 0) throw unreadable('it names no operator set');
  if (irVersion > newestIr || opset > newestOpset)
    throw new AppError(
      'MODEL_VERSION',
      `The model file is of IR ${irVersion} and opset ${opset}; this version runs at most IR ${newestIr} and opset ${newestOpset}.`,
    );
  return { irVersion, opset };
}

/** The weights of a file that our training wrote, for machines on which the runtime does not load. */
export function readNetwork(bytes: Uint8Array): DenseNetwork {
  const [graph] = messages(fieldsOf(bytes), 7);
  if (graph === undefined) throw unreadable('it holds no graph');
  const tensors = new Map(
    messages(graph, 5)
      .map(tensorOf)
      .map((tensor) => [tensor.name, tensor]),
  );
  const [mean, deviation] = [tensors.get('mean'), tensors.get('deviation')];
  if (mean === undefined || deviation === undefined) throw unreadable('it lacks the standardisation');
  const branches: Branch[] = [];
  for (let branch = 0; tensors.has(`b${branch}.l0.weights`); branch += 1) {
    const layers: Layer[] = [];
    for (let depth = 0; tensors.has(`b${branch}.l${depth}.weights`); depth += 1)
      layers.push(layerOf(tensors, `b${branch}.l${depth}`));
    branches.push(layers);
  }
  if (branches.length === 0) throw unreadable('it holds no layers');
  return { mean: mean.values, deviation: deviation.values, branches };
}

function layerOf(tensors: ReadonlyMap<string, Tensor>, name: string): Layer {
  const weights = tensors.get(`${name}.weights`);
  const bias = tensors.get(`${name}.bias`);
  const [outputs, inputs] = weights?.dims ?? [];
  if (weights === undefined || bias === undefined || inputs === undefined || outputs === undefined)
    throw unreadable(`${name} is incomplete`);
  return { inputs, outputs, weights: weights.values, bias: bias.values };
}

/** TensorProto with float data in raw form, little endian. */
function tensorOf(fields: readonly Field[]): Tensor {
  const text = bytesOf(fields, 8);
  const raw = bytesOf(fields, 9);
  const dims = fields.filter(({ number }) => number === 1).map(({ value }) => Number(value));
  const size = dims.reduce((product, each) => product * each, 1);
  if (raw.length !== size * 4) throw unreadable('a tensor has another size than it says');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = Float32Array.from({ length: size }, (_, at) => view.getFloat32(at * 4, true));
  if (values.some((value) => !Number.isFinite(value))) throw unreadable('a weight is no number');
  return { name: new TextDecoder().decode(text), dims, values };
}

function messages(fields: readonly Field[], number: number): Field[][] {
  return fields.flatMap((field) =>
    field.number === number && typeof field.value !== 'number' ? [fieldsOf(field.value)] : [],
  );
}

function numberOf(fields: readonly Field[], number: number): number {
  const found = fields.find((field) => field.number === number)?.value;
  return typeof found === 'number' ? found : 0;
}

function bytesOf(fields: readonly Field[], number: number): Uint8Array {
  const found = fields.find((field) => field.number === number)?.value;
  return found instanceof Uint8Array ? found : new Uint8Array(0);
}

/** Fields of one protobuf message: https://protobuf.dev/programming-guides/encoding/ */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined || factor > 2 ** 63) throw unreadable('it ends in the middle of a number');
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw unreadable('it ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag % 8;
    const number = Math.floor(tag / 8);
    if (kind === 0) fields.push({ number, value: varint() });
    else if (kind === 1) fields.push({ number, value: take(8) });
    else if (kind === 2) fields.push({ number, value: take(varint()) });
    else if (kind === 5) fields.push({ number, value: take(4) });
    else throw unreadable(`it has a field of kind ${kind}`);
  }
  return fields;
}

function unreadable(why: string): AppError {
  return new AppError('MODEL_UNREADABLE', `The model file cannot be read: ${why}.`);
}
