import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Addon } from '../../native/index.d.ts';
import { AppError, messageOf } from '../core/errors.ts';

/** In a checkout, and beside the bundle of an installed package. */
const places = ['../../native/build/Release/ist_native.node', './ist_native.node'];

let loaded: Addon | undefined;

/** The C addon, loaded once. Throws AppError `ADDON_MISSING` that says how to get it. */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = paths.find(existsSync);
  if (!path) {
    throw new AppError(
      'ADDON_MISSING',
      `The probing engine is not built (${paths[0]} is missing). Run: npm run build`,
    );
  }
  try {
    loaded = createRequire(import.meta.url)(path) as Addon; // shape is that of native/index.d.ts, built from one tree
  } catch (cause) {
    throw new AppError(
      'ADDON_MISSING',
      `The probing engine ${path} does not load into Node.js ${process.version} (${messageOf(cause)}). Run: npm run build`,
      { cause },
    );
  }
  return loaded;
}
