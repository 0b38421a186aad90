import type { SpeedEngine } from '../engine.ts';
import type { EngineName } from '../schema.ts';
import { cloudflare } from './cloudflare.ts';
import { http } from './http.ts';
import { librespeed } from './librespeed.ts';
import { mlab } from './mlab.ts';
import { ookla } from './ookla.ts';
import { peer } from './peer.ts';

export const engines: Readonly<Record<EngineName, SpeedEngine>> = {
  peer,
  mlab,
  librespeed,
  http,
  cloudflare,
  ookla,
};
