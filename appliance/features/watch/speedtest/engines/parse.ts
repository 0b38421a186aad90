/** Reading what strangers have written. */
import { cleanText } from '../../../../core/clean-text.ts';

const maxText = 2000;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.length > 0 && value.length <= maxText ? value : null;

/** For a label on the screen. */
export const labelOf = (value: unknown): string | null => {
  const text = textOf(value);
  return text === null ? null : cleanText(text, 80);
};

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
