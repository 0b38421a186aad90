import type { ConfigSections } from '../../core/feature.ts';
import type { Store } from '../../core/storing.ts';
import type { FullSizeProbe } from '../../features/watch/path/schema.ts';
import { pathServices } from '../../features/watch/path/services.ts';
import { findPathMtu } from '../../net/path-mtu.ts';
import { traceRoute } from '../../net/traceroute.ts';
import { fakeContext, settle } from './context.ts';
import { fakeInternet } from './internet.ts';
import { FakeLatency, fakeTarget } from './latency.ts';

const gateway = '192.168.1.1';
const isp = '100.64.0.1';
const backbone = '198.51.100.2';
export const stations = { gateway, isp, backbone, a1: '203.0.113.10', a2: '203.0.113.18' } as const;

export interface TracedLineOptions {
  config?: Partial<ConfigSections>;
  store?: Store;
}

/** A line with two anchors over fakes: its probes are real ones to an Internet of the test's making. */
export function tracedLine(options: TracedLineOptions = {}) {
  const { internet, answer } = fakeInternet({
    [stations.a1]: [gateway, isp, backbone],
    [stations.a2]: [gateway, isp, backbone],
  });
  const latency = new FakeLatency([
    fakeTarget({ id: 'gateway-ipv4', segment: 'gateway', address: gateway }),
    fakeTarget({ id: 'isp-ipv4', segment: 'isp', address: isp }),
    fakeTarget({ id: 'a1-ipv4', name: 'One', segment: 'anchor', address: stations.a1 }),
    fakeTarget({ id: 'a2-ipv4', name: 'Two', segment: 'anchor', address: stations.a2 }),
  ]);
  const parts = fakeContext({
    ports: { latency },
    config: {
      path: { intervalMinutes: 15 },
      consent: { asnLookup: false },
      ...options.config,
    },
    link: { resolvers: ['192.168.1.1'] },
    services: pathServices,
  });
  const { engine, net, clock, context } = parts;
  engine.answer = answer;
  net.trace = (asked) => traceRoute(engine, asked);
  net.pathMtu = (asked) => findPathMtu(engine, asked);
  const probes: FullSizeProbe[] = [];

  /** A store works in a thread of its own: what it was asked before this question is done with the answer. */
  async function rest(): Promise<void> {
    for (let turn = 0; turn < (options.store ? 3 : 1); turn += 1) {
      await options.store?.state.all('select 1');
      await settle();
    }
  }

  /** Lets time pass in small steps, so that what waits for time and what waits for answers take turns. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(Math.min(250, ms - passed));
      await rest();
    }
  }

  return {
    ...parts,
    internet,
    latency,
    probes,
    context: options.store ? { ...context, store: options.store } : context,
    pass,
    /** Lets time pass until the work is done. */
    async done<Result>(work: Promise<Result>): Promise<Result> {
      let isDone = false;
      const ended = work.finally(() => {
        isDone = true;
      });
      ended.catch(() => undefined); // whoever waits for it is told below
      for (let steps = 0; !isDone && steps < 240; steps += 1) await pass(250);
      return ended;
    },
    /** The small pings of a target stop coming back, or come back again. */
    setSilent(isSilent: boolean, ...ids: string[]): void {
      for (const id of ids) latency.windows.set(id, isSilent ? { lostInRow: 3 } : {});
    },
  };
}
