import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EventMap, EventName } from '../../core/bus.ts';
import type { FeaturePorts } from '../../core/feature.ts';
import type { Migration } from '../../core/storing.ts';
import type { BusyPeriod, Gap, LineVerdict, Outage } from '../../features/judge/outage/schema.ts';
import type { Capture } from '../../features/watch/black-box/schema.ts';
import type { NameAnswer } from '../../features/watch/dns/schema.ts';
import type { LinkState } from '../../features/watch/link/schema.ts';
import type { PathTrace } from '../../features/watch/path/schema.ts';
import { openStore } from '../../store/index.ts';
import { type FakeContextOptions, fakeContext } from './context.ts';
import { FakeLatency } from './latency.ts';

/** What the features before have seen and judged: tests put it in and tell of it. */
export class JudgedLine {
  readonly outages = new Map<number, Outage>();
  readonly verdicts = new Map<string, LineVerdict>();
  readonly captures = new Map<string, Capture[]>();
  readonly latency = new FakeLatency();
  gaps: Gap[] = [];
  busy: BusyPeriod[] = [];
  traces: PathTrace[] = [];
  names: NameAnswer[] = [];
  links: LinkState[] = [];

  /** Ports of the outage, gap, path, dns, black-box, link and latency features, as far as they are asked to read. */
  ports(): Partial<FeaturePorts> {
    const within = (fromMs: number, toMs: number) => (each: { startedAt: string; endedAt: string | null }) =>
      Date.parse(each.startedAt) <= toMs &&
      (each.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(each.endedAt)) >= fromMs;
    const at = (fromMs: number, toMs: number) => (each: { at: string }) =>
      Date.parse(each.at) >= fromMs && Date.parse(each.at) <= toMs;
    const ports = {
      outage: {
        line: (name: string) => this.verdicts.get(name) ?? null,
        between: async (fromMs: number, toMs: number, limit = 1000) =>
          [...this.outages.values()].filter(within(fromMs, toMs)).reverse().slice(0, limit),
        byId: async (id: number) => this.outages.get(id) ?? null,
        busyBetween: async (fromMs: number, toMs: number) => this.busy.filter(within(fromMs, toMs)),
      },
      gap: {
        between: async (fromMs: number, toMs: number) => this.gaps.filter(within(fromMs, toMs)),
        atStart: async () => this.gaps.at(-1) ?? null,
      },
      path: {
        between: async (fromMs: number, toMs: number) => this.traces.filter(at(fromMs, toMs)),
      },
      dns: {
        answersBetween: async (fromMs: number, toMs: number) => this.names.filter(at(fromMs, toMs)),
      },
      blackBox: { captures: async (key: string) => this.captures.get(key) ?? [] },
      link: { between: async () => this.links },
      latency: this.latency,
    };
    return ports as unknown as Partial<FeaturePorts>; // what features behind the judge ask of them
  }
}

/** A context of fakes with a real database in a folder that goes with the test. */
export async function openJudgedLine(
  t: TestContext,
  migrations: readonly Migration[],
  options: FakeContextOptions = {},
) {
  const line = new JudgedLine();
  const fake = fakeContext({ ...options, ports: { ...line.ports(), ...options.ports } });
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-judged-'));
  const store = await openStore({
    dataFolder,
    migrations,
    commitMinutes: 5,
    retention: { rawDays: 365, hourDays: 1825, maxMb: 64 },
    clock: fake.clock,
    log: fake.log,
  });
  t.after(async () => {
    await store.close();
    await rm(dataFolder, { recursive: true });
  });
  /** The payloads of every event of this name from now on. */
  const heard = <Name extends EventName>(name: Name): EventMap[Name][] => {
    const payloads: EventMap[Name][] = [];
    fake.bus.on(name, (payload) => payloads.push(payload));
    return payloads;
  };
  return { ...fake, store, line, heard, context: { ...fake.context, store } };
}
