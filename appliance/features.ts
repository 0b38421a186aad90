import type { Feature } from './core/feature.ts';
import { state } from './features/judge/state/index.ts';
import { backup } from './features/keep/backup/index.ts';
import { settings } from './features/keep/settings/index.ts';
import { system } from './features/keep/system/index.ts';
import { latency } from './features/watch/latency/index.ts';

/** What the product knows, in reading order: watch, judge, tell, share; keep stands apart. Each may use earlier ones. */
export const features: readonly Feature[] = [latency, state, settings, system, backup];
