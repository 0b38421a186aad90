import { AppError } from '../core/errors.ts';

/** Where a value stands in the configuration: keys and list indexes from the top. */
export type ConfigPath = readonly (string | number)[];

const plainKey = /^[A-Za-z_][\w-]*$/;
const step = /\.?([A-Za-z_][\w-]*|\d+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** As people write it: `targets[2].intervalMs`; keys that are not plain words stand quoted in brackets. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (plainKey.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** The reverse of `formatPath`; also takes `targets.2.intervalMs`. */
export function parsePath(text: string): ConfigPath {
  const path: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) break;
    const [, word, index, quoted] = match;
    if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(unquote(quoted, text));
    else if (word !== undefined) path.push(/^\d+$/.test(word) ? Number(word) : word);
  }
  if (path.length === 0 || step.lastIndex !== text.length) throw invalidPath(text);
  return path;
}

function unquote(quoted: string, text: string): string {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    throw invalidPath(text);
  }
}

function invalidPath(text: string): AppError {
  return new AppError(
    'CONFIG_PATH_INVALID',
    `"${text}" is not a path in the configuration; write it like targets[2].intervalMs`,
    { status: 400 },
  );
}

/** The value at a path, undefined where there is none. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
