import { correct, leastWidth, outputCount } from '../correction.ts';
import { type Branch, inputBound, type Layer } from '../dense-network.ts';
import { featureCount, spreadOf } from '../feature-vector.ts';
import { levels, pinball } from '../quantiles.ts';
import type { Dataset } from './dataset.ts';
import type { Random } from './random.ts';

export interface TrainingPlan {
  epochs: number;
  batch: number;
  rate: number;
  /** Decoupled weight decay, Loshchilov and Hutter 2019. */
  decay: number;
  hidden: readonly number[];
  /** Share of the first hidden layer that is left out of each example, Srivastava et al. 2014. */
  dropout: number;
}

/** Rows whose loss is beyond this many means teach nothing but fear. */
const maxRelativeLoss = 10;

/** Mean and deviation of every feature; a feature that never moves is not blown up. */
export function standardise({ count, features }: Dataset): { mean: Float32Array; deviation: Float32Array } {
  const sum = new Float64Array(featureCount);
  const squares = new Float64Array(featureCount);
  for (let at = 0; at < count * featureCount; at += 1) {
    const value = features[at] ?? 0;
    sum[at % featureCount] = (sum[at % featureCount] ?? 0) + value;
    squares[at % featureCount] = (squares[at % featureCount] ?? 0) + value * value;
  }
  const mean = Float32Array.from(sum, (value) => value / count);
  const deviation = mean.map(
    (value, at) => Math.sqrt(Math.max((squares[at] ?? 0) / count - value * value, 0)) + 0.05,
  );
  return { mean, deviation };
}

/** Trains one branch on the pinball loss of the corrected drafts. The same random state gives the same weights. */
export function trainBranch(
  data: Dataset,
  { mean, deviation }: { mean: Float32Array; deviation: Float32Array },
  plan: TrainingPlan,
  random: Random,
  onEpoch: (epoch: number, loss: number) => void,
): Branch {
  const inputs = data.features.map((value, at) => {
    const which = at % featureCount;
    const standard = (value - (mean[which] ?? 0)) / (deviation[which] ?? 1);
    return Math.max(-inputBound, Math.min(inputBound, standard));
  });
  const sizes = [featureCount, ...plan.hidden, outputCount];
  const layers = sizes.slice(1).map((size, depth) => new TrainedLayer(sizes[depth] ?? 0, size, random));
  layers.at(-1)?.weights.fill(0); // the first answer is to leave the draft alone
  const order = Uint32Array.from({ length: data.count }, (_, at) => at);
  const batches = Math.floor(data.count / plan.batch);
  let step = 0;
  for (let epoch = 0; epoch < plan.epochs; epoch += 1) {
    random.shuffle(order);
    let loss = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      for (let at = batch * plan.batch; at < (batch + 1) * plan.batch; at += 1)
        loss += learn(layers, inputs, data, order[at] ?? 0, plan, random);
      step += 1;
      // Cosine schedule, Loshchilov and Hutter 2017.
      const rate = plan.rate * 0.5 * (1 + Math.cos((Math.PI * step) / (batches * plan.epochs)));
      for (const layer of layers) layer.update(rate, plan.decay, plan.batch, step);
    }
    onEpoch(epoch + 1, loss / (batches * plan.batch));
  }
  return layers.map(({ inputs: from, outputs, weights, bias }) => ({ inputs: from, outputs, weights, bias }));
}

function learn(
  layers: readonly TrainedLayer[],
  inputs: Float32Array,
  data: Dataset,
  row: number,
  { dropout }: TrainingPlan,
  random: Random,
): number {
  let values = inputs.subarray(row * featureCount, (row + 1) * featureCount);
  for (const [depth, layer] of layers.entries()) {
    const isLast = depth === layers.length - 1;
    values = layer.forward(values, !isLast, depth === 0 ? dropout : 0, random);
  }
  const { loss, slope } = lossOf(values, data, row);
  let back: Float32Array = slope;
  for (let depth = layers.length - 1; depth >= 0; depth -= 1)
    back = layers[depth]?.backward(back, depth > 0) ?? back;
  return loss;
}

const slope = new Float32Array(outputCount);

/** Relative pinball loss of a corrected draft, and its slope by the three outputs. */
function lossOf(output: Float32Array, { drafts, values, scales, weights }: Dataset, row: number) {
  const draft = { p10: drafts[row * 3] ?? 0, p50: drafts[row * 3 + 1] ?? 0, p90: drafts[row * 3 + 2] ?? 0 };
  const corrected = correct(draft, output);
  const value = values[row] ?? 0;
  const scale = (scales[row] ?? 1) * levels.length;
  const quantiles = [corrected.p10, corrected.p50, corrected.p90].map(Math.exp);
  let loss = 0;
  for (const [which, level] of levels.entries()) loss += pinball(value, quantiles[which] ?? 0, level) / scale;
  slope.fill(0);
  const weight = weights[row] ?? 1;
  if (loss > maxRelativeLoss) return { loss: weight * maxRelativeLoss, slope };
  const [low = 0, middle = 0, high = 0] = levels.map((level, which) => {
    const quantile = quantiles[which] ?? 0;
    return ((value >= quantile ? -level : 1 - level) * quantile * weight) / scale;
  });
  const bend = Array.from(output, (each) => 1 - Math.tanh(each) ** 2);
  const lower = Math.max(draft.p50 - draft.p10, leastWidth) * Math.exp(Math.tanh(output[0] ?? 0));
  const upper = Math.max(draft.p90 - draft.p50, leastWidth) * Math.exp(Math.tanh(output[2] ?? 0));
  slope[0] = -low * lower * (bend[0] ?? 0);
  slope[1] = (low + middle + high) * spreadOf(draft) * (bend[1] ?? 0);
  slope[2] = high * upper * (bend[2] ?? 0);
  return { loss: weight * loss, slope };
}

/** A layer while it learns: Adam (Kingma and Ba 2015) with its moments. */
class TrainedLayer implements Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly #weightSlope: Float32Array;
  readonly #biasSlope: Float32Array;
  readonly #moments: { first: Float32Array; second: Float32Array }[];
  readonly #result: Float32Array;
  readonly #back: Float32Array;
  /** What each output was multiplied by: 0 where it is cut off. */
  readonly #gate: Float32Array;
  #input: Float32Array;

  constructor(inputs: number, outputs: number, random: Random) {
    this.inputs = inputs;
    this.outputs = outputs;
    const reach = Math.sqrt(1 / inputs);
    this.weights = Float32Array.from({ length: inputs * outputs }, () => random.between(-reach, reach));
    this.bias = new Float32Array(outputs);
    this.#weightSlope = new Float32Array(inputs * outputs);
    this.#biasSlope = new Float32Array(outputs);
    this.#moments = [this.weights, this.bias].map(({ length }) => ({
      first: new Float32Array(length),
      second: new Float32Array(length),
    }));
    this.#result = new Float32Array(outputs);
    this.#gate = new Float32Array(outputs);
    this.#back = new Float32Array(inputs);
    this.#input = this.#back;
  }

  forward(input: Float32Array, isRectified: boolean, dropout: number, random: Random): Float32Array {
    const { weights, inputs } = this;
    this.#input = input;
    for (let row = 0; row < this.outputs; row += 1) {
      let sum = this.bias[row] as number; // below `outputs`
      const start = row * inputs;
      for (let column = 0; column < inputs; column += 1)
        sum += (weights[start + column] as number) * (input[column] as number); // both below `inputs`
      const isDropped = dropout > 0 && random.isLikely(dropout);
      const gate = isDropped || (isRectified && sum <= 0) ? 0 : 1 / (1 - dropout);
      this.#gate[row] = gate;
      this.#result[row] = sum * gate;
    }
    return this.#result;
  }

  /** Adds the slopes of one example and gives those of its input. */
  backward(slopes: Float32Array, isWanted: boolean): Float32Array {
    const { weights, inputs } = this;
    if (isWanted) this.#back.fill(0);
    for (let row = 0; row < this.outputs; row += 1) {
      const slope = (slopes[row] as number) * (this.#gate[row] as number); // below `outputs`
      if (slope === 0) continue;
      this.#biasSlope[row] = (this.#biasSlope[row] as number) + slope; // below `outputs`
      const start = row * inputs;
      for (let column = 0; column < inputs; column += 1) {
        const place = start + column;
        this.#weightSlope[place] =
          (this.#weightSlope[place] as number) + slope * (this.#input[column] as number); // in range
        if (isWanted)
          this.#back[column] = (this.#back[column] as number) + slope * (weights[place] as number); // in range
      }
    }
    return this.#back;
  }

  update(rate: number, decay: number, batch: number, step: number): void {
    const pairs = [
      [this.weights, this.#weightSlope, decay],
      [this.bias, this.#biasSlope, 0],
    ] as const;
    for (const [which, [values, slopes, shrink]] of pairs.entries()) {
      const moments = this.#moments[which];
      if (moments) adam(values, slopes, moments, rate, shrink, batch, step);
      slopes.fill(0);
    }
  }
}

function adam(
  values: Float32Array,
  slopes: Float32Array,
  { first, second }: { first: Float32Array; second: Float32Array },
  rate: number,
  decay: number,
  batch: number,
  step: number,
): void {
  const [one, two] = [1 - 0.9 ** step, 1 - 0.999 ** step];
  for (let at = 0; at < values.length; at += 1) {
    const slope = (slopes[at] ?? 0) / batch;
    const m = 0.9 * (first[at] ?? 0) + 0.1 * slope;
    const v = 0.999 * (second[at] ?? 0) + 0.001 * slope * slope;
    first[at] = m;
    second[at] = v;
    values[at] = (values[at] ?? 0) * (1 - rate * decay) - (rate * (m / one)) / (Math.sqrt(v / two) + 1e-8);
  }
}
