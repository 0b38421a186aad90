/** A layer: `weights` holds one row of `inputs` numbers for each output. */
export interface Layer {
  inputs: number;
  outputs: number;
  weights: Float32Array;
  bias: Float32Array;
}

/** Layers with rectifiers between them. */
export type Branch = readonly Layer[];

/** A small network as the file holds it: inputs are standardised and bounded, branches are averaged. */
export interface DenseNetwork {
  mean: Float32Array;
  deviation: Float32Array;
  branches: readonly Branch[];
}

/** Standardised inputs lie within this. */
export const inputBound = 5;

/** The same numbers as the ONNX runtime gives, for machines without it. */
export function evaluate(network: DenseNetwork, row: Float32Array): Float32Array {
  const input = row.map((value, at) => {
    const standard = (value - (network.mean[at] ?? 0)) / (network.deviation[at] ?? 1);
    return Math.max(-inputBound, Math.min(inputBound, standard));
  });
  const outputs = network.branches.map((branch) => runBranch(branch, input));
  const sum = new Float32Array(outputs[0]?.length ?? 0);
  for (const output of outputs) for (const [at, value] of output.entries()) sum[at] = (sum[at] ?? 0) + value;
  return sum.map((value) => value / outputs.length);
}

function runBranch(branch: Branch, input: Float32Array): Float32Array {
  let values = input;
  for (const [depth, layer] of branch.entries()) {
    values = runLayer(layer, values);
    if (depth < branch.length - 1) values = values.map((value) => Math.max(0, value));
  }
  return values;
}

function runLayer({ inputs, outputs, weights, bias }: Layer, values: Float32Array): Float32Array {
  const result = new Float32Array(outputs);
  for (let row = 0; row < outputs; row += 1) {
    let sum = bias[row] ?? 0;
    for (let column = 0; column < inputs; column += 1)
      sum += (weights[row * inputs + column] ?? 0) * (values[column] ?? 0);
    result[row] = sum;
  }
  return result;
}
