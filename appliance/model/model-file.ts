import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { AppError, messageOf } from '../core/errors.ts';
import { featureCount } from './feature-vector.ts';
import { readFacts } from './onnx-reader.ts';

/** Stands beside the model file and says what it must be. */
export const Manifest = Type.Object({
  file: Type.String({ pattern: '^[a-z0-9-]+\\.onnx$' }),
  version: Type.Integer({ minimum: 1 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  features: Type.Integer({ minimum: 1 }),
  irVersion: Type.Integer(),
  opset: Type.Integer(),
});
export type Manifest = Static<typeof Manifest>;

export const manifestName = 'model.json';
/** A model of this kind has tens of kilobytes; what is larger is something else. */
const maxBytes = 4 * 2 ** 20;

/**
 * The model of a folder, proven to be the one its manifest names. Throws AppError `MODEL_MISSING`, `MODEL_CHECKSUM`,
 * `MODEL_VERSION` or `MODEL_UNREADABLE`, with a message that says what to show instead of the model.
 */
export async function readModelFile(folder: string): Promise<{ bytes: Uint8Array; manifest: Manifest }> {
  const manifest = parseManifest(await read(join(folder, manifestName)));
  const path = join(folder, manifest.file);
  const bytes = await read(path);
  if (bytes.length > maxBytes)
    throw new AppError('MODEL_UNREADABLE', `${path} is too large to be the model.`);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== manifest.sha256)
    throw new AppError(
      'MODEL_CHECKSUM',
      `${path} is not the file that ${manifestName} names: its checksum differs.`,
    );
  readFacts(bytes);
  if (manifest.features !== featureCount)
    throw new AppError(
      'MODEL_VERSION',
      `${path} was trained on ${manifest.features} features; this version makes ${featureCount}.`,
    );
  return { bytes, manifest };
}

function parseManifest(bytes: Uint8Array): Manifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new AppError('MODEL_UNREADABLE', `${manifestName} is not JSON: ${messageOf(cause)}.`, { cause });
  }
  if (Value.Check(Manifest, parsed)) return parsed;
  const [first] = Value.Errors(Manifest, parsed);
  throw new AppError(
    'MODEL_UNREADABLE',
    `${manifestName}: ${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}.`,
  );
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('MODEL_MISSING', `${path} is not there`, { cause });
  }
}
