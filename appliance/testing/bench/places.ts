import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The paths of every page, read from the dashboard's own list, which cannot be imported outside a browser. */
export async function places(): Promise<string[]> {
  const file = path.resolve(import.meta.dirname, '../../../web/src/app/places.ts');
  const found = [...(await readFile(file, 'utf8')).matchAll(/path: '([^']+)'/g)].map(
    (match) => match[1] ?? '/',
  );
  if (found.length === 0) throw new Error(`${file}: no pages in it`);
  return found;
}
