/** Generated series for the replay server: deterministic round-trip times with busy evenings, losses, outages and gaps. */
import type { Status, TimelineEvent } from '../../appliance/features/judge/state/schema.ts';
import type {
  LatencyPoint,
  LatencyStatistics,
  Target,
} from '../../appliance/features/watch/latency/schema.ts';
import { day, effectOf, type History, historyOf, type Scenario, second } from './replay-history.ts';
import { noise } from './replay-noise.ts';
import { Records } from './replay-records.ts';
import { eventsOf, statusOf } from './replay-status.ts';

export { type Scenario, scenarios } from './replay-history.ts';

export interface Model {
  target: Target;
  baseMs: number;
  noiseMs: number;
  /** Farther than the router: what a full line slows down. */
  isBeyond: boolean;
}

const model = (
  id: string,
  name: string,
  host: string,
  segment: Target['segment'],
  baseMs: number,
  noiseMs: number,
): Model => ({
  target: {
    id,
    name,
    host,
    address: host,
    segment,
    line: 'main',
    family: host.includes(':') ? 'ipv6' : 'ipv4',
    method: segment === 'resolver' ? 'dns' : 'icmp-socket',
    intervalMs: second,
  },
  baseMs,
  noiseMs,
  isBeyond: segment !== 'gateway',
});

const models: readonly Model[] = [
  model('gateway-ipv4', 'Router', '192.168.1.1', 'gateway', 0.62, 0.12),
  model('isp-ipv4', 'Provider', '100.64.0.1', 'isp', 6.9, 0.9),
  model('anchor-cloudflare-ipv4', 'Cloudflare', '1.1.1.1', 'anchor', 12.4, 1.1),
  model('anchor-google-ipv4', 'Google', '8.8.8.8', 'anchor', 15.1, 1.4),
  model('anchor-quad9-ipv4', 'Quad9', '9.9.9.9', 'anchor', 18.8, 1.2),
  model('resolver-ipv4', 'Resolver 192.168.1.1', '192.168.1.1', 'resolver', 9.6, 1.6),
  model('gateway-ipv6', 'Router', 'fe80::1', 'gateway', 0.71, 0.15),
  model('anchor-cloudflare-ipv6', 'Cloudflare', '2606:4700:4700::1111', 'anchor', 11.7, 1.0),
];

export class ReplayModel {
  readonly scenario: Scenario;
  readonly startedAt: number;
  readonly targets: readonly Target[];
  readonly #models: readonly Model[];
  readonly #history: History;

  constructor(scenario: Scenario, startedAt: number) {
    this.scenario = scenario;
    this.startedAt = startedAt;
    this.#models = scenario === 'hour' ? models.filter((one) => one.target.family === 'ipv4') : models;
    this.targets = this.#models.map((one) => one.target);
    this.#history = historyOf(scenario, startedAt);
  }

  get firstMs(): number {
    return this.#history.firstMs;
  }

  records(nowMs: number): Records {
    return new Records(this.#history, this.#models, nowMs);
  }

  /** undefined: not measured; null: lost; else the round-trip time. */
  sample(id: string, at: number): number | null | undefined {
    const index = this.#models.findIndex((one) => one.target.id === id);
    const own = this.#models[index];
    if (!own || this.scenario === 'empty' || at < this.firstMs) return undefined;
    const effect = effectOf(this.#history, own.target, at);
    if (!effect.isMeasured) return undefined;
    const ago = this.startedAt - at;
    const slot = Math.floor(at / second);
    const chance = noise(index + 50, slot);
    const busy = own.isBeyond ? this.#busyness(at) : 0;
    if (own.isBeyond && chance < 0.0006 + busy * 0.012) return null;
    if (effect.lossRatio > 0 && noise(7, at / 50) < effect.lossRatio) return null;
    const route = own.isBeyond && own.target.segment !== 'isp' && ago > 62 * day ? 4.5 : 0;
    const spread = noise(index, slot) + noise(index + 9, slot) - 1;
    const shared = noise(3, slot) ** 6;
    const spike = chance > 0.9985 ? 90 * noise(index + 20, slot) : 0;
    return (
      own.baseMs +
      route +
      own.noiseMs * (spread + 1) +
      busy * (6 + 26 * shared + 10 * noise(5, Math.floor(slot / 240))) +
      effect.addedMs * (0.7 + 0.6 * noise(8, slot)) +
      spike
    );
  }

  /** How full the line is: evenings, more so at the weekend. */
  #busyness(at: number): number {
    const date = new Date(at);
    const clock = date.getHours() + date.getMinutes() / 60;
    const evening = Math.exp(-(((clock - 20.7) / 1.7) ** 2));
    const weekend = date.getDay() === 0 || date.getDay() === 6 ? 1 : 0.62;
    const today = 0.6 + 0.5 * noise(31, Math.floor(at / day));
    return this.scenario === 'year' || this.scenario === 'lines' ? evening * weekend * today : 0.05;
  }

  point(id: string, fromMs: number, stepMs: number): LatencyPoint | null {
    const parts = Math.min(120, Math.max(1, Math.round(stepMs / second)));
    const values: number[] = [];
    let measured = 0;
    for (let part = 0; part < parts; part += 1) {
      const at = fromMs + (part * stepMs) / parts;
      const value = at > Date.now() ? undefined : this.sample(id, at);
      if (value === undefined) continue;
      measured += 1;
      if (value !== null) values.push(value);
    }
    if (measured === 0) return null;
    const weight = stepMs / second / parts;
    values.sort((a, b) => a - b);
    const q = (share: number) => {
      const value = values[Math.min(values.length - 1, Math.floor(share * values.length))];
      return value === undefined ? null : Math.round(value * 1000) / 1000;
    };
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      at: new Date(fromMs).toISOString(),
      count: Math.max(1, Math.round(measured * weight)),
      lost: Math.round((measured - values.length) * weight),
      minMs: q(0),
      meanMs: values.length === 0 ? null : Math.round(mean * 1000) / 1000,
      p10Ms: q(0.1),
      p25Ms: q(0.25),
      p50Ms: q(0.5),
      p75Ms: q(0.75),
      p90Ms: q(0.9),
      p95Ms: q(0.95),
      p99Ms: q(0.99),
      maxMs: q(1),
      jitterMs: values.length < 2 ? null : Math.round(((q(0.75) ?? 0) - (q(0.25) ?? 0)) * 1000) / 1000,
      pdvMs: values.length < 2 ? null : Math.round(((q(0.999) ?? 0) - (q(0) ?? 0)) * 1000) / 1000,
      reordered: 0,
      duplicates: 0,
      late: 0,
    };
  }

  points(id: string, fromMs: number, toMs: number, stepMs: number): LatencyPoint[] {
    const points: LatencyPoint[] = [];
    for (let at = Math.floor(fromMs / stepMs) * stepMs; at < toMs; at += stepMs) {
      const point = this.point(id, at, stepMs);
      if (point) points.push(point);
    }
    return points;
  }

  statistics(id: string, fromMs: number, toMs: number): LatencyStatistics {
    const points = this.points(id, fromMs, toMs, Math.max(second, (toMs - fromMs) / 200));
    const sum = (key: 'count' | 'lost') => points.reduce((total, point) => total + point[key], 0);
    const all = (key: 'minMs' | 'meanMs' | 'p50Ms' | 'p95Ms' | 'maxMs' | 'jitterMs') =>
      points.flatMap((point) => point[key] ?? []).sort((a, b) => a - b);
    const middle = (values: number[]) => values[Math.floor(values.length / 2)] ?? null;
    return {
      target: id,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      measuredSeconds: sum('count'),
      count: sum('count'),
      lost: sum('lost'),
      minMs: all('minMs')[0] ?? null,
      meanMs: middle(all('meanMs')),
      p10Ms: middle(all('minMs')),
      p25Ms: middle(all('minMs')),
      p50Ms: middle(all('p50Ms')),
      p75Ms: middle(all('p95Ms')),
      p90Ms: middle(all('p95Ms')),
      p95Ms: middle(all('p95Ms')),
      p99Ms: middle(all('maxMs')),
      maxMs: all('maxMs').at(-1) ?? null,
      jitterMs: middle(all('jitterMs')),
      pdvMs: points.length < 2 ? null : (all('maxMs').at(-1) ?? 0) - (all('minMs')[0] ?? 0),
      reordered: points.length > 1 ? 3 : 0,
      duplicates: 0,
      late: points.length > 1 ? 2 : 0,
    };
  }

  status(now: number): Status {
    return statusOf(this, this.#models, this.#history, now);
  }

  events(now: number): TimelineEvent[] {
    return eventsOf(this.scenario, this.#history, now);
  }
}
