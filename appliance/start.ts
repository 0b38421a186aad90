/**
 * `npm start`: builds what is missing (addon, dashboard, bundle), saying so on screen, then becomes `ist serve`: the
 * same process with nothing of the build left in its memory.
 */
import { resolve } from 'node:path';
import { buildAddon, isAddonFresh } from '../native/build.ts';
import { buildWeb, isWebFresh } from '../web/build.ts';
import { buildBundle, bundledProgram, isBundleFresh } from './bundle.ts';
import { systemClock } from './core/clock.ts';
import { messageOf } from './core/errors.ts';

interface Piece {
  name: string;
  isFresh(): boolean;
  build(onLine: (text: string) => void): Promise<void>;
  /** Without it the service still does its main job. */
  isOptional: boolean;
}

const pieces: readonly Piece[] = [
  { name: 'probing engine (C addon)', isFresh: isAddonFresh, build: buildAddon, isOptional: false },
  { name: 'dashboard', isFresh: isWebFresh, build: buildWeb, isOptional: true },
  { name: 'service', isFresh: isBundleFresh, build: buildBundle, isOptional: true },
];

/** Builds every piece that is missing or older than its sources; false when one the service needs cannot be built. */
async function buildMissing(): Promise<boolean> {
  const isInteractive = process.stderr.isTTY;
  for (const piece of pieces) {
    if (piece.isFresh()) continue;
    const startedMs = systemClock.monoMs();
    process.stderr.write(`Building the ${piece.name} …${isInteractive ? '' : '\n'}`);
    const lines: string[] = [];
    try {
      await piece.build((text) => {
        lines.push(text);
        if (isInteractive) process.stderr.write(`\r\x1b[KBuilding the ${piece.name} … ${text.slice(0, 60)}`);
      });
      const seconds = ((systemClock.monoMs() - startedMs) / 1000).toFixed(1);
      process.stderr.write(`${isInteractive ? '\r\x1b[K' : ''}Built the ${piece.name} in ${seconds} s.\n`);
    } catch (error) {
      process.stderr.write(
        `\nThe ${piece.name} could not be built: ${messageOf(error)}\n${lines.slice(-20).join('\n')}\n`,
      );
      if (!piece.isOptional) return false;
    }
  }
  return true;
}

/** Node.js of its own instead of the locked one may lack execve, and a failed bundle leaves the sources: run those. */
async function becomeService(words: readonly string[]): Promise<void> {
  if (typeof process.execve === 'function' && isBundleFresh()) {
    // Through node.sh, which knows the flags that the service runs with.
    const launcher = resolve(import.meta.dirname, 'node.sh');
    process.execve('/bin/sh', ['sh', launcher, bundledProgram(), 'serve', ...words], process.env);
  }
  process.argv.splice(2, words.length, 'serve', ...words);
  await import('./cli.ts');
}

const words = process.argv.slice(2);
if (!(await buildMissing())) process.exit(1);
if (!words.includes('--build-only')) await becomeService(words);
