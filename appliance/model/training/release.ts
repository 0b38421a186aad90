import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OverallScore } from '../../core/forecasting.ts';
import type { DenseNetwork } from '../dense-network.ts';
import { featureCount } from '../feature-vector.ts';
import { type Manifest, manifestName } from '../model-file.ts';
import type { Proof } from './main.ts';
import { irVersion, opset, writeOnnx } from './onnx-writer.ts';
import type { TrainingFile } from './sources.ts';
import type { TrainingPlan } from './trainer.ts';

export interface Release {
  network: DenseNetwork;
  files: readonly TrainingFile[];
  plan: TrainingPlan;
  seed: number;
  branches: number;
  syntheticLines: number;
  /** Each household forecast by a network that never saw it; and without any network. */
  withModel: Proof;
  withoutModel: Proof;
}

const file = 'line-forecast.onnx';
/** Raise it when the features or the meaning of the outputs change. */
const version = 1;

/** Writes the model, its manifest, its card and the proof. */
export function writeModel(folder: string, release: Release): { manifest: Manifest; bytes: number } {
  const bytes = writeOnnx(release.network);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const manifest: Manifest = { file, version, sha256, features: featureCount, irVersion, opset };
  writeFileSync(join(folder, file), bytes);
  writeFileSync(join(folder, manifestName), json(manifest));
  const { withModel, withoutModel } = release;
  writeFileSync(join(folder, 'backtest.json'), json({ leaveOneHouseholdOut: withModel, withoutModel }));
  writeFileSync(join(folder, 'model-card.md'), cardOf(release, manifest, bytes.length));
  return { manifest, bytes: bytes.length };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function cardOf(release: Release, manifest: Manifest, bytes: number): string {
  const { files, plan, branches, seed, syntheticLines, withModel, withoutModel } = release;
  return `# Model card: ${manifest.file}, version ${manifest.version}

Written by \`npm run train\`; do not edit.

**What it does.** Corrects a drafted forecast (0.1, 0.5 and 0.9 quantile of the next hours of download, upload or round-trip
time of one Internet connection). The draft is a mixture of simple forecasters that weighs itself on the line; the model
moves its median and edges. How much of the correction is used is decided on each line by what it was worth there.

**What it is for.** Showing a household what to expect of its line. Not for billing, not for judging a provider, and not for
lines whose values are not positive numbers an hour or so apart.

**Limits.** The model alone is a small part of the skill: the last two tables say how small. It was trained on few
households, most of them in Europe and North America. It sees hours only, knows no holidays and no maintenance calendar,
and cannot foresee an outage. A forecast needs 12 measured hours of the last 28 days.

| | |
| --- | --- |
| file | ${bytes} bytes, sha256 \`${manifest.sha256}\` |
| format | ONNX, IR ${manifest.irVersion}, opset ${manifest.opset}; input \`[rows, ${manifest.features}]\`, output \`[rows, 3]\`, float32 |
| network | mean of ${branches} networks with hidden layers of ${plan.hidden.join(' and ')}, rectifiers between |
| training | seed ${seed}; ${plan.epochs} epochs, batch ${plan.batch}, rate ${plan.rate}, decay ${plan.decay}, dropout ${plan.dropout}; pinball loss relative to the draft's |
| weights | Apache-2.0, like the rest of the product |

## Data

Measurements that people published about their own lines, and ${syntheticLines} synthetic lines from the same seed. The traces are not part of the
product.

| line | published as | licence there | sha256 of the file |
| --- | --- | --- | --- |
${files.map(({ name, from, licence, sha256 }) => `| ${name} | ${from} | ${licence} | \`${sha256.slice(0, 16)}…\` |`).join('\n')}

## Proof

Rolling origin, hours after the first 14 days; ratios of the weighted quantile loss (of the mean absolute error against
the formula), geometric means over ${withModel.series.length / Math.max(withModel.all.length, 1)} series. Every series was forecast by a network that never saw its household.

${table(withModel.all)}

The same without any network:

${table(withoutModel.all)}
`;
}

function table(all: readonly OverallScore[]): string {
  const rows = all.map(({ horizon, coverage80, ratio }) => {
    const cells = [ratio.naive24, ratio.median24, ratio.ewma, ratio.reference].map(
      (value) => value?.toFixed(3) ?? '–',
    );
    return `| ${[horizon, ...cells, coverage80.toFixed(3)].join(' | ')} |`;
  });
  return [
    '| hours ahead | / naive 24 h | / median 24 h | / EWMA | / formula | inside 80 % |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
