import type { BenchCase } from './case.ts';
import { dayChart, yearChart } from './cases/h-history.ts';
import { quantiles } from './cases/h3-quantiles.ts';
import { bias } from './cases/p1-bias.ts';
import { blocked } from './cases/p2-blocked.ts';
import { rate } from './cases/p3-rate.ts';
import { loss } from './cases/p4-loss.ts';
import { hogs } from './cases/p5-hogs.ts';
import { path } from './cases/p6-path.ts';
import { crash } from './cases/r1-crash.ts';
import { kill } from './cases/r2-kill.ts';
import {
  speedAccuracy,
  speedCost,
  speedData,
  speedFar,
  speedLoss,
  speedOfficial,
  speedQueue,
} from './cases/s-speed.ts';
import { clone } from './cases/t1-clone.ts';
import { start } from './cases/t2-start.ts';
import { memory } from './cases/t3-memory.ts';
import { cpu } from './cases/t4-cpu.ts';
import { disk } from './cases/t5-disk.ts';
import { growth } from './cases/t6-growth.ts';
import { size } from './cases/w1-size.ts';
import { firstPage } from './cases/w2-first-page.ts';
import { accessibility } from './cases/w3-accessibility.ts';
import { origin } from './cases/w4-origin.ts';

/** Every promise that can be measured on one machine, in the order of the table. */
export const cases: readonly BenchCase[] = [
  clone,
  start,
  memory,
  cpu,
  disk,
  growth,
  bias,
  blocked,
  rate,
  loss,
  hogs,
  path,
  dayChart,
  yearChart,
  quantiles,
  speedAccuracy,
  speedFar,
  speedData,
  speedQueue,
  speedCost,
  speedOfficial,
  speedLoss,
  crash,
  kill,
  size,
  firstPage,
  accessibility,
  origin,
];
