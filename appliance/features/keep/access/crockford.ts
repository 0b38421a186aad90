import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed from a screen. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** So many random characters, five bits each. */
export function newCode(length: number): string {
  const bytes = randomBytes(length);
  return Array.from(bytes, (byte) => alphabet[byte & 31]).join('');
}

/** In groups of four, as it is shown. */
export function showCode(code: string): string {
  return (code.match(/.{1,4}/g) ?? []).join('-');
}

/** What was meant by what was typed; null when it cannot be such a code. */
export function readCode(text: string, length: number): string | null {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return code.length === length && [...code].every((letter) => alphabet.includes(letter)) ? code : null;
}
