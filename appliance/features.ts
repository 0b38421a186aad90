import type { Feature } from './core/feature.ts';
import { forecast } from './features/judge/forecast/index.ts';
import { gap } from './features/judge/gap/index.ts';
import { incident } from './features/judge/incident/index.ts';
import { outage } from './features/judge/outage/index.ts';
import { reboot } from './features/judge/reboot/index.ts';
import { state } from './features/judge/state/index.ts';
import { access } from './features/keep/access/index.ts';
import { backup } from './features/keep/backup/index.ts';
import { certificate } from './features/keep/certificate/index.ts';
import { consent } from './features/keep/consent/index.ts';
import { settings } from './features/keep/settings/index.ts';
import { system } from './features/keep/system/index.ts';
import { mqtt } from './features/share/mqtt/index.ts';
import { evidence } from './features/tell/evidence/index.ts';
import { push } from './features/tell/push/index.ts';
import { blackBox } from './features/watch/black-box/index.ts';
import { dns } from './features/watch/dns/index.ts';
import { httpCheck } from './features/watch/http-check/index.ts';
import { latency } from './features/watch/latency/index.ts';
import { link } from './features/watch/link/index.ts';
import { path } from './features/watch/path/index.ts';
import { speedtest } from './features/watch/speedtest/index.ts';

const others: readonly Feature[] = [
  latency,
  link,
  dns,
  httpCheck,
  path,
  speedtest,
  blackBox,
  gap,
  outage,
  state,
  incident,
  reboot,
  forecast,
  evidence,
  push,
  mqtt,
  settings,
  access,
  certificate,
  system,
  backup,
];

/**
 * What the product knows, in reading order: watch, judge, tell, share; keep stands apart. Each may use earlier ones.
 * Consent is made of the services that all the others declare.
 */
export const features: readonly Feature[] = [
  ...others,
  consent(others.flatMap(({ services }) => services ?? [])),
];
