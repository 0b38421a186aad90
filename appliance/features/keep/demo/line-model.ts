import type { Family, Segment } from '../../../core/shapes.ts';
import { slot } from '../../../core/storing.ts';
import type { DemoPlan, Happening } from './happenings.ts';
import { household } from './household.ts';
import { exponential, seedOf, uniform, wander } from './noise.ts';
import { isAtHome, silenceOf } from './silence.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface ModelTarget {
  segment: Segment;
  family: Family;
  kind: 'icmp' | 'tcp' | 'dns';
  address: string;
}

/** What the household's line is like before and after the change of provider. Times in µs. */
const oldLine = { accessUs: 17_600, accessNoiseUs: 420, queueUs: 5200, lossRatio: 0.0006 };
const newLine = { accessUs: 5900, accessNoiseUs: 130, queueUs: 900, lossRatio: 0.0001 };

/** How far known destinations are behind the provider; others are spread by their address. */
const transitUs: Readonly<Record<string, number>> = {
  '1.1.1.1': 2100,
  '2606:4700:4700::1111': 2300,
  '8.8.8.8': 3600,
  '2001:4860:4860::8888': 3300,
  '9.9.9.9': 7400,
  '2620:fe::fe': 7900,
};

/** Routers behind the provider's first one, by their place on the path. */
const routerUs: Readonly<Record<string, number>> = {
  [household.hops.ipv4[1]]: 700,
  [household.hops.ipv6[1]]: 800,
  [household.hops.ipv4[2]]: 1500,
  [household.hops.ipv6[2]]: 1600,
};

/** A loss burst of the line lasts one block; within it this share is lost. */
const blockMs = 1000;
const lostInBlock = 0.25;
/** The share of noise that comes in bursts; the rest falls on single packets. */
const burstShare = 0.1;
/** Routers answer their own pings last, and not always. */
const routerLoss = 0.0008;

/** Numbers that tell the draws of one exchange apart. */
const draw = {
  lan: 1,
  access: 2,
  queue: 3,
  transit: 4,
  tail: 5,
  tailSize: 6,
  loss: 7,
  hop: 8,
  names: 9,
  wifi: 10,
} as const;

interface HourOfYear {
  startedAtMs: number;
  /** How busy the neighbourhood is at the start and at the end of the hour, 0..1. */
  load: readonly [number, number];
  happenings: readonly Happening[];
}

/**
 * A household line as a pure function of time: busy evenings, weekday pattern, bursts of loss, outages of every kind,
 * and round-trip times with heavy tails. Asking twice gives the same answer, so history and live view agree.
 */
export class LineModel {
  readonly plan: DemoPlan;
  readonly #seed: number;
  readonly #localHour: (epochMs: number) => { hour: number; weekday: number };
  #hour: HourOfYear = { startedAtMs: Number.NaN, load: [0, 0], happenings: [] };
  readonly #seeds = new Map<string, number>();

  constructor(seed: number, plan: DemoPlan, timezone: string) {
    this.#seed = seed;
    this.plan = plan;
    this.#localHour = localHourIn(timezone);
  }

  /** What a speed test that runs now adds, µs; set by who simulates it. */
  ownQueueUs: (atMs: number) => number = () => 0;

  /** The round-trip time in µs of an exchange sent at a moment, or one of `slot`. */
  sample(target: ModelTarget, atMs: number): number {
    const hour = this.#hourOf(atMs);
    const seed = this.#seedOf(target.address);
    const at = Math.floor((atMs - this.plan.startedAtMs) / 10); // 10 ms: no two exchanges of a target share one
    const path = this.#pathAt(hour, atMs);
    const answer = this.#answerOf(target, path, atMs);
    if (answer !== 0) return answer;
    if (this.#isLost(target, path, seed, at)) return slot.timeout;
    return this.#rttUs(target, path, seed, at);
  }

  /** `count` slots from a moment on. */
  samples(target: ModelTarget, fromMs: number, intervalMs: number, count: number): Float64Array {
    const values = new Float64Array(count);
    for (let index = 0; index < count; index += 1)
      values[index] = this.sample(target, fromMs + index * intervalMs);
    return values;
  }

  /** What is going on in the hour of a moment. */
  happeningsAt(atMs: number): Happening[] {
    return this.#hourOf(atMs).happenings.filter((one) => one.startedAtMs <= atMs && atMs < one.endedAtMs);
  }

  /** How much the house and the neighbourhood are doing at a moment, about 0..1. */
  loadAt(atMs: number): number {
    return this.#loadIn(this.#hourOf(atMs), atMs);
  }

  #loadIn(hour: HourOfYear, atMs: number): number {
    const share = (atMs - hour.startedAtMs) / hourMs;
    const mean = hour.load[0] * (1 - share) + hour.load[1] * share;
    return mean * (0.55 + 0.9 * wander(this.#seed + 11, atMs / 300_000));
  }

  /** Everything about a moment that all targets share. */
  #pathAt(hour: HourOfYear, atMs: number): Path {
    const load = this.#loadIn(hour, atMs);
    const line = atMs < this.plan.providerChangedAtMs ? oldLine : newLine;
    const path: Path = {
      line,
      load,
      active: none,
      wifi: 0,
      bloatUs: 0,
      noise: 0,
      block: 0,
      ownUs: this.ownQueueUs(atMs),
    };
    if (hour.happenings.length > 0) this.#addHappenings(path, hour.happenings, atMs);
    path.block = Math.floor(atMs / blockMs);
    return path;
  }

  #addHappenings(path: Path, happenings: readonly Happening[], atMs: number): void {
    const active: Happening[] = [];
    for (const one of happenings) {
      if (atMs < one.startedAtMs || atMs >= one.endedAtMs) continue;
      active.push(one);
      if (one.kind === 'wifi') path.wifi = Math.max(path.wifi, one.depth);
      if (one.kind === 'noise') path.noise = one.depth;
      // A full queue breathes: senders back off together and fill it again.
      const fill =
        0.45 + 0.4 * wander(this.#seed + 12, atMs / 4000) + 0.15 * wander(this.#seed + 13, atMs / 700);
      if (one.kind === 'bufferbloat') path.bloatUs = one.depth * 1000 * fill;
    }
    path.active = active;
  }

  /** 0 when the target can be reached, else why not. */
  #answerOf(target: ModelTarget, path: Path, atMs: number): number {
    for (const one of path.active) {
      const why = silenceOf(one, target, atMs);
      if (why !== 0) return why;
    }
    return 0;
  }

  #isLost(target: ModelTarget, path: Path, seed: number, at: number): boolean {
    const chance = uniform(seed + draw.loss, at);
    if (path.wifi > 0 && chance < path.wifi * (0.008 + 0.01 * path.load)) return true;
    if (isAtHome(target)) return chance < 0.00001;
    let ratio = path.line.lossRatio * (1 + 4 * path.load) + (1 - burstShare) * path.noise;
    if (target.segment === 'isp' || target.segment === 'transit') ratio += routerLoss;
    if (path.bloatUs > 0) ratio += 0.012;
    if (chance < ratio) return true;
    const burst = 0.0003 + 3 * path.line.lossRatio * path.load + (burstShare * path.noise) / lostInBlock;
    const isBlock = uniform(this.#seed + 14, path.block) < burst;
    return isBlock && uniform(seed + draw.loss + 100, at) < lostInBlock;
  }

  #rttUs(target: ModelTarget, path: Path, seed: number, at: number): number {
    const { line } = path;
    let us = 310 + 70 * exponential(seed + draw.lan, at);
    if (path.wifi > 0) us += this.#wifiUs(path, seed, at);
    const tail = uniform(seed + draw.tail, at);
    if (target.segment === 'lan') return us + 130; // past the switch and through another machine's stack
    if (target.segment === 'gateway')
      return tail < 0.004 ? us + 9000 * uniform(seed + draw.tailSize, at) : us;
    us +=
      line.accessUs + line.accessNoiseUs * exponential(seed + draw.access, at) + path.bloatUs + path.ownUs;
    us += path.load * line.queueUs * exponential(seed + draw.queue, at);
    if (target.family === 'ipv6') us += 240;
    // Pareto with exponent 1.6: rare, and once in a while very long.
    if (tail < 0.003) us += 2500 * uniform(seed + draw.tailSize, at) ** -0.625;
    return Math.min(us + this.#beyondUs(target, path, seed, at), 950_000);
  }

  /** From the provider's first router on. */
  #beyondUs(target: ModelTarget, path: Path, seed: number, at: number): number {
    if (target.segment === 'isp') return 350 * exponential(seed + draw.hop, at);
    if (target.segment === 'transit')
      return (routerUs[target.address] ?? 1000) + 400 * exponential(seed + draw.hop, at);
    if (target.segment === 'resolver') return 700 + (target.kind === 'dns' ? namesUs(seed, at) : 0);
    const base = transitUs[target.address] ?? 3000 + 30_000 * uniform(seed, 0);
    const detour = path.active.find((one) => one.kind === 'route' && one.address === target.address);
    const extra = detour ? detour.depth * 1000 : 0;
    const names = target.kind === 'dns' ? namesUs(seed, at) : 0;
    return base + extra + names + (60 + 0.03 * base) * exponential(seed + draw.transit, at);
  }

  #wifiUs(path: Path, seed: number, at: number): number {
    const isCollision = uniform(seed + draw.wifi, at) < 0.02 + 0.06 * path.load;
    return 1400 + 1900 * exponential(seed + draw.wifi + 50, at) * (isCollision ? 14 : 1);
  }

  #hourOf(atMs: number): HourOfYear {
    const startedAtMs = Math.floor(atMs / hourMs) * hourMs;
    if (startedAtMs !== this.#hour.startedAtMs) {
      const endedAtMs = startedAtMs + hourMs;
      this.#hour = {
        startedAtMs,
        load: [this.#meanLoadAt(startedAtMs), this.#meanLoadAt(endedAtMs)],
        happenings: this.plan.happenings.filter(
          (one) => one.startedAtMs < endedAtMs && one.endedAtMs > startedAtMs,
        ),
      };
    }
    return this.#hour;
  }

  /** Busy in the evening, more so at the end of the week; a second hump on free afternoons; no two days alike. */
  #meanLoadAt(atMs: number): number {
    const { hour, weekday } = this.#localHour(atMs);
    const hump = (centre: number, width: number) => Math.exp(-(((hour - centre) / width) ** 2));
    const isFree = weekday === 6 || weekday === 0;
    const day = 0.7 + 0.6 * uniform(this.#seed + 15, Math.floor(atMs / dayMs));
    const evening = (weekday === 5 || isFree ? 0.95 : 0.8) * hump(20.7, 2.2);
    return Math.min(1, day * (0.05 + evening + (isFree ? 0.35 : 0.12) * hump(15, 3)));
  }

  #seedOf(address: string): number {
    let seed = this.#seeds.get(address);
    if (seed === undefined) {
      seed = seedOf(address, this.#seed);
      this.#seeds.set(address, seed);
    }
    return seed;
  }
}

interface Path {
  line: typeof oldLine;
  load: number;
  active: readonly Happening[];
  /** How bad the Wi-Fi is that the box hangs on; 0 on a cable. */
  wifi: number;
  bloatUs: number;
  /** Of a speed test's own load. */
  ownUs: number;
  /** Share lost while the line is noisy. */
  noise: number;
  block: number;
}

const none: readonly Happening[] = [];

/** Most names are in the resolver's cache; the others it has to ask for. */
function namesUs(seed: number, at: number): number {
  const isCached = uniform(seed + draw.names, at) > 0.07;
  return (
    250 * exponential(seed + draw.names + 50, at) +
    (isCached ? 0 : 9000 + 28_000 * exponential(seed + draw.names + 70, at))
  );
}

function localHourIn(timezone: string): (epochMs: number) => { hour: number; weekday: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: 'numeric',
    hourCycle: 'h23',
    weekday: 'short',
  });
  const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  return (epochMs) => {
    const parts = format.formatToParts(epochMs);
    const part = (type: string) => parts.find((entry) => entry.type === type)?.value ?? '';
    return { hour: Number(part('hour')), weekday: weekdays.indexOf(part('weekday')) };
  };
}
