import { AppError } from '../../../core/errors.ts';
import { commonWords } from './common-words.ts';

export const passwordLength = { least: 12, most: 128 } as const;

/** Runs over the keys, round and round, and back; shorter ones are in many good passwords. */
const leastRun = 5;
const rows = ['abcdefghijklmnopqrstuvwxyz', '0123456789', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm'];
const runs = rows.flatMap((row) => [row, [...row].reverse().join('')]).map((row) => row.repeat(3));

/** One spelling for what different keyboards send for the same letter. */
export function normalPassword(password: string): string {
  return password.normalize('NFC');
}

/** Throws `PASSWORD_WEAK` with the rule that is broken. There are no rules of composition: length is what counts. */
export function assertGoodPassword(password: string, accountName: string): void {
  const length = [...normalPassword(password)].length;
  if (length < passwordLength.least) {
    throw weak(
      'short',
      `The password needs at least ${passwordLength.least} characters; this one has ${length}`,
    );
  }
  if (length > passwordLength.most) {
    throw weak(
      'long',
      `The password may have at most ${passwordLength.most} characters; this one has ${length}`,
    );
  }
  if (isCommon(password, accountName)) {
    throw weak(
      'common',
      'This password is among the first that anybody would try; a few words that have nothing to do with each other are better',
    );
  }
}

function weak(rule: 'short' | 'long' | 'common', message: string): AppError {
  return new AppError('PASSWORD_WEAK', message, { status: 400, details: { rule } });
}

/** A common word dressed up with digits and signs, one part again and again, a run over the keys, or the own name. */
export function isCommon(password: string, accountName: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  const squeezed = plain.replace(/\s+/g, '');
  const unit = repeatedPart(squeezed);
  if (unit.length <= 4) return true;
  const name = accountName.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
  const bare = undressed(unit);
  return [unit, bare, unmasked(bare), undressed(unmasked(unit))].some(
    (word) => (name !== '' && word === name) || commonWords.has(word) || isRun(word),
  );
}

function isRun(word: string): boolean {
  return word.length >= leastRun && runs.some((run) => run.includes(word));
}

/** The shortest part that gives the whole when it is repeated; the whole itself when it has none. */
function repeatedPart(text: string): string {
  const length = (text + text).indexOf(text, 1);
  return text.slice(0, length);
}

function undressed(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

const masks: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Letters that are written as the digits and signs that look like them. */
function unmasked(text: string): string {
  return text.replace(/[013457@$!]/g, (sign) => masks[sign] ?? sign);
}
