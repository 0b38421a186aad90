import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { ChoiceWithFile } from './choices.ts';
import type { EngineChoice } from './engine.ts';

/** Chains of a company are a few kB. */
const maxBytes = 256 * 1024;

/** The choices with the certificates of the authorities that the owner named. */
export function withAuthorities(choices: readonly ChoiceWithFile[]): Promise<EngineChoice[]> {
  return Promise.all(
    choices.map(async ({ caFile, ...choice }) => {
      if (caFile === undefined) return choice;
      return { ...choice, ca: await read(caFile) };
    }),
  );
}

async function read(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.length <= maxBytes && text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw unusable(file, messageOf(cause), cause);
  }
  throw unusable(file, 'it holds no certificate in PEM');
}

function unusable(file: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'SPEEDTEST_AUTHORITY',
    `The authority ${file} of speedtest.servers cannot be used: ${why}.`,
    {
      status: 409,
      cause,
    },
  );
}
