import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const root = path.resolve(here, '../../..');

/** Compiled programs live outside the source; the folder may vanish at any time. */
export const cacheFolder = path.join(root, '.cache', 'lab');

const programs = {
  linksim: { folder: path.join(here, 'linksim'), libraries: ['-lm'] },
  anchord: { folder: path.join(here, 'anchord'), libraries: ['-lpthread'] },
  flood: { folder: path.join(here, 'flood'), libraries: [] },
} as const;
export type Program = keyof typeof programs;

/** Labs that come up in one process at the same time share a compilation. */
const underWay = new Map<Program, Promise<string>>();

/** The path of a lab program, compiled when it is missing or older than its source. Safe to call side by side. */
export function built(program: Program): Promise<string> {
  const known = underWay.get(program);
  if (known) return known;
  const building = compiled(program).finally(() => underWay.delete(program));
  underWay.set(program, building);
  return building;
}

async function compiled(program: Program): Promise<string> {
  const { folder, libraries } = programs[program];
  const binary = path.join(cacheFolder, program);
  const sources = (await readdir(folder))
    .filter((file) => /\.[ch]$/.test(file))
    .map((f) => path.join(folder, f));
  const newest = Math.max(...(await Promise.all(sources.map(async (file) => (await stat(file)).mtimeMs))));
  const have = await stat(binary).catch(() => null);
  if (have && have.mtimeMs > newest) return binary;
  await mkdir(cacheFolder, { recursive: true });
  // Written aside and renamed: another lab may be starting the old one at this moment.
  const fresh = `${binary}.${process.pid}`;
  try {
    const units = sources.filter((file) => file.endsWith('.c'));
    await run('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', fresh, ...units, ...libraries]);
    await rename(fresh, binary);
  } finally {
    await rm(fresh, { force: true });
  }
  return binary;
}
