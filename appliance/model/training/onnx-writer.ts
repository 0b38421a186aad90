import { type DenseNetwork, inputBound } from '../dense-network.ts';

/** The newest pair that every runtime of the last years accepts. */
export const irVersion = 8;
export const opset = 17;
export const inputName = 'features';
export const outputName = 'corrections';

/** An ONNX file (https://onnx.ai/onnx/repo-docs/IR.html) that computes what `evaluate` does; the same bytes each time. */
export function writeOnnx(network: DenseNetwork): Uint8Array {
  const width = network.mean.length;
  const outputs = network.branches[0]?.at(-1)?.outputs ?? 0;
  const nodes = [
    node('Sub', [inputName, 'mean'], ['centred']),
    node('Div', ['centred', 'deviation'], ['standard']),
    node('Clip', ['standard', 'least', 'most'], ['bounded']),
  ];
  const tensors = [
    tensor('mean', [width], network.mean),
    tensor('deviation', [width], network.deviation),
    tensor('least', [], [-inputBound]),
    tensor('most', [], [inputBound]),
  ];
  const results: string[] = [];
  for (const [branch, layers] of network.branches.entries()) {
    let from = 'bounded';
    for (const [depth, layer] of layers.entries()) {
      const name = `b${branch}.l${depth}`;
      const isLast = depth === layers.length - 1;
      tensors.push(tensor(`${name}.weights`, [layer.outputs, layer.inputs], layer.weights));
      tensors.push(tensor(`${name}.bias`, [layer.outputs], layer.bias));
      nodes.push(node('Gemm', [from, `${name}.weights`, `${name}.bias`], [`${name}.sum`], [flag('transB')]));
      if (!isLast) nodes.push(node('Relu', [`${name}.sum`], [`${name}.out`]));
      from = isLast ? `${name}.sum` : `${name}.out`;
    }
    results.push(from);
  }
  nodes.push(node('Mean', results, [outputName]));
  const graph = join(
    nodes.map((each) => block(1, each)),
    [text(2, 'line-forecast')],
    tensors.map((each) => block(5, each)),
    [block(11, port(inputName, width)), block(12, port(outputName, outputs))],
  );
  return join([
    number(1, irVersion),
    text(2, 'ist'),
    block(7, graph),
    block(8, join([text(1, ''), number(2, opset)])),
  ]);
}

const floatType = 1;
const intAttribute = 2;

function tensor(name: string, dims: readonly number[], values: ArrayLike<number>): Uint8Array {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (let at = 0; at < values.length; at += 1) raw.setFloat32(at * 4, values[at] ?? 0, true);
  const sizes = dims.map((size) => number(1, size));
  return join(sizes, [number(2, floatType), text(8, name), block(9, new Uint8Array(raw.buffer))]);
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  return join(
    inputs.map((name) => text(1, name)),
    outputs.map((name) => text(2, name)),
    [text(4, operator)],
    attributes.map((each) => block(5, each)),
  );
}

const flag = (name: string) => join([text(1, name), number(3, 1), number(20, intAttribute)]);

/** A matrix of floats with any number of rows. */
function port(name: string, columns: number): Uint8Array {
  const shape = join([block(1, text(2, 'rows')), block(1, number(1, columns))]);
  return join([text(1, name), block(2, block(1, join([number(1, floatType), block(2, shape)])))]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

const number = (field: number, value: number) => join([varint(field * 8), varint(value)]);
const block = (field: number, bytes: Uint8Array) =>
  join([varint(field * 8 + 2), varint(bytes.length), bytes]);
const text = (field: number, value: string) => block(field, new TextEncoder().encode(value));

function join(...parts: (readonly Uint8Array[])[]): Uint8Array {
  return Buffer.concat(parts.flat());
}
