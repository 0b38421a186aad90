import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { AppError } from '../core/errors.ts';
import { isPlainObject } from './json-schema.ts';
import { type ConfigPath, formatPath, valueAt } from './path.ts';

/** Far above any real configuration; a larger file is not one. */
export const maxConfigBytes = 1_048_576;

export interface TextPosition {
  line: number;
  column: number;
}

export interface SyntaxFault extends TextPosition {
  message: string;
}

export interface ParsedConfig {
  value: Record<string, unknown>;
  faults: SyntaxFault[];
  /** Where a value (or its key) stands; the nearest thing around it where it is absent. */
  locate(path: ConfigPath, at: 'key' | 'value'): TextPosition | null;
}

/** Our words for what the parser says; its own messages quote the text, which may be a secret. */
const faultWords: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit the lines around it',
  BAD_SCALAR_START: 'a value cannot start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'there are two values on one line; a ":" inside a value needs quotes',
  DUPLICATE_KEY: 'this key stands here for the second time',
  MISSING_CHAR: 'a closing bracket, quote, comma or ":" is missing',
  MULTILINE_IMPLICIT_KEY: 'a ":" is missing, or the next line is indented wrongly',
  MULTIPLE_DOCS: 'the file must hold one document (no second "---")',
  TAB_AS_INDENT: 'a tab indents this line; YAML allows only spaces',
  UNEXPECTED_TOKEN: 'this does not belong here; check quotes, brackets and indentation',
};

export function parseConfig(text: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parse(text, lines);
  const position = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = document.errors.map((error) => ({
    ...position(error.pos[0]),
    message: faultWords[error.code] ?? 'this is not valid YAML',
  }));
  const value = faults.length > 0 ? {} : plainValue(document, faults);
  return { value, faults, locate: (path, at) => locate(document, path, at, position) };
}

/** The text with one value changed (or removed, with `undefined`) and every comment kept. */
export function editConfig(text: string, path: ConfigPath, value: unknown, inForce: unknown): string {
  const document = parse(text, new LineCounter());
  if (value === undefined) document.deleteIn(path);
  else {
    writeOutLists(document, path, inForce);
    document.setIn(path, value);
  }
  if (isCollection(document.contents) && document.contents.items.length === 0) document.contents = null;
  return document.toString({ lineWidth: 0 });
}

function parse(text: string, lines: LineCounter): Document {
  return parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
}

function plainValue(document: Document, faults: SyntaxFault[]): Record<string, unknown> {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return {};
    if (isPlainObject(value)) return value;
    faults.push({
      line: 1,
      column: 1,
      message: 'the file must be a map of sections, like "http:" with keys below',
    });
  } catch {
    faults.push({ line: 1, column: 1, message: 'an alias (*name) has no anchor, or there are too many' });
  }
  return {};
}

function locate(
  document: Document,
  path: ConfigPath,
  at: 'key' | 'value',
  position: (offset: number) => TextPosition,
): TextPosition | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const here = path.slice(0, length);
    const key = length === path.length && at === 'value' ? null : keyNode(document, here);
    const node = key ?? (length === 0 ? document.contents : document.getIn(here, true));
    if (isNode(node) && node.range) return position(node.range[0]);
  }
  return null;
}

function keyNode(document: Document, path: ConfigPath): unknown {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return null;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return pair?.key ?? null;
}

/** An item of a list that only stands in the defaults can be set once the whole list stands in the file. */
function writeOutLists(document: Document, path: ConfigPath, inForce: unknown): void {
  for (let length = 1; length < path.length; length += 1) {
    const here = path.slice(0, length);
    const list = valueAt(inForce, here);
    if (typeof path[length] !== 'number' || !Array.isArray(list)) continue;
    if (!isCollection(document.getIn(here, true))) document.setIn(here, document.createNode(list));
    const index = Number(path[length]);
    const present = document.getIn(here, true);
    const count = isCollection(present) ? present.items.length : 0;
    if (index > count) {
      throw new AppError(
        'CONFIG_PATH_INVALID',
        `${formatPath(here)} has ${count} items; the next one is [${count}]`,
        {
          status: 400,
        },
      );
    }
  }
}
