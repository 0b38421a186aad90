import { withoutControls } from '../core/clean-text.ts';

/** Escape sequences of ours (SGR only), which take no room on the screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is the point
const sgr = /\x1b\[[0-9;]*m/y;

const zeroWidth = /\p{Mn}|\p{Me}|\p{Cf}/u;
// Unicode TR11: East Asian Wide and Fullwidth blocks, and what terminals draw as double-width emoji.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** The text without control characters; for everything that comes from outside this process. Line feeds and tabs stay. */
export const stripControls = withoutControls;

/** The value with every string in it (also the keys) stripped; for parsed JSON. */
export function stripDeep(value: unknown): unknown {
  if (typeof value === 'string') return stripControls(value);
  if (Array.isArray(value)) return value.map(stripDeep);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [stripControls(key), stripDeep(item)]),
  );
}

/** How many columns the text takes on the screen. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const piece of pieces(text)) columns += piece.columns;
  return columns;
}

/** Cuts or pads to exactly `width` columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  const columns = columnsOf(text);
  if (columns > width) return cut(text, width, ellipsis);
  const space = ' '.repeat(width - columns);
  return align === 'left' ? text + space : space + text;
}

/** Breaks between words; a word longer than a line is cut. */
export function wrap(text: string, width: number, indent = '', ellipsis = '…'): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() !== '' && columnsOf(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].map((each) =>
    columnsOf(each) > width ? fit(each, width, 'left', ellipsis) : each,
  );
}

function cut(text: string, width: number, ellipsis: string): string {
  if (width <= 0) return '';
  let out = '';
  let columns = 0;
  let isPainted = false;
  for (const piece of pieces(text)) {
    if (columns + piece.columns > width - 1) break;
    out += piece.text;
    columns += piece.columns;
    isPainted ||= piece.isEscape;
  }
  const rest = ' '.repeat(width - 1 - columns); // a wide character may leave one column over
  return `${out}${ellipsis}${rest}${isPainted ? '\x1b[0m' : ''}`;
}

function* pieces(text: string): Generator<{ text: string; columns: number; isEscape: boolean }> {
  let at = 0;
  while (at < text.length) {
    sgr.lastIndex = at;
    const painting = text[at] === '\x1b' ? sgr.exec(text)?.[0] : undefined;
    if (painting !== undefined) {
      yield { text: painting, columns: 0, isEscape: true };
      at += painting.length;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    yield { text: character, columns: columnsOfCharacter(character), isEscape: false };
    at += character.length;
  }
}

function columnsOfCharacter(character: string): number {
  if (character < '\u007f') return 1;
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
