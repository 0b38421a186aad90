import { Bus } from '../../core/bus.ts';
import type { OutsideService } from '../../core/calling.ts';
import { AppError } from '../../core/errors.ts';
import type { ConfigPort, ConfigSections, FeatureContext, FeaturePorts } from '../../core/feature.ts';
import type { LinkFacts } from '../../core/probing.ts';
import { Timeline } from '../../core/timeline.ts';
import { Calls } from '../../net/calls.ts';
import { type CallOut, callNobody } from '../../net/guarded-client.ts';
import { FakeBridge } from './bridge.ts';
import { FakeClock } from './clock.ts';
import { FakeEngine, FakeLink, FakeNames } from './engine.ts';
import { FakeLog } from './log.ts';
import { FakeNet } from './net.ts';
import { FakeStore } from './store.ts';

export interface FakeContextOptions {
  link?: Partial<LinkFacts>;
  names?: Record<string, string[]>;
  config?: Partial<ConfigSections>;
  ports?: Partial<FeaturePorts>;
  /** Outside services that are declared. */
  services?: readonly OutsideService[];
  /** What becomes of calls out that have consent; without this nobody is contacted. */
  callOut?: CallOut;
  ownNames?: () => readonly string[];
}

const defaults = {
  site: { name: 'Home', timezone: 'Etc/UTC', latitude: null, longitude: null },
  lines: [{ name: 'main', interface: 'auto', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' }],
  targets: [{ name: 'Anchor', host: '203.0.113.10' }],
  probing: { intervalMs: 1000, timeoutMs: 1000 },
  dns: { resolvers: 'auto', names: ['example.com'], intervalMs: 10_000, pulseMs: 1000, compare: [] },
  consent: {},
} as unknown as ConfigSections; // features under test read these sections only

/** A context of fakes, each reachable for the test. */
export function fakeContext(options: FakeContextOptions = {}) {
  const clock = new FakeClock();
  const log = new FakeLog();
  const engine = new FakeEngine();
  const store = new FakeStore();
  const link = new FakeLink({
    defaultRoutes: [{ family: 'ipv4', interfaceName: 'eth0', gateway: '192.168.1.1', metric: 100 }],
    resolvers: [],
    interfaces: [{ name: 'eth0', isUp: true, hasCarrier: true, addresses: ['192.168.1.2'] }],
    ...options.link,
  });
  const names = new FakeNames(options.names);
  const net = new FakeNet();
  const listeners = new Set<Parameters<ConfigPort['onChange']>[0]>();
  let current: ConfigSections = { ...defaults, ...options.config };
  const config: ConfigPort = {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const bus = new Bus(log);
  const timeline = new Timeline(clock, () => ({ isSynchronised: true, hasHardwareClock: true }), 0);
  const calls = new Calls({
    services: options.services ?? [],
    config,
    ask: (question, signal) => net.ask(question, signal),
    clock,
    log,
    callOut: options.callOut ?? callNobody,
  });
  const bridge = new FakeBridge();
  const base = { log, clock, timeline, bus, config, store, engine, link, names, net, calls, bridge };
  const context = {
    ...base,
    ownNames: () => options.ownNames?.() ?? ['localhost', '127.0.0.1', '::1', 'box', 'box.local'],
    about: { version: '0.0.0', isDemo: false, startedMonoMs: clock.monoMs(), dataFolder: '/nonexistent' },
    port<Name extends keyof FeaturePorts>(name: Name): FeaturePorts[Name] {
      const port = options.ports?.[name];
      if (port === undefined) throw new AppError('PORT_MISSING', `the test gave no port "${String(name)}"`);
      return port as FeaturePorts[Name]; // undefined was refused above
    },
  } as unknown as FeatureContext; // parts of the context that only other features use are absent
  return {
    ...base,
    context,
    changeConfig(change: Partial<ConfigSections>) {
      const previous = current;
      current = { ...current, ...change };
      for (const listener of listeners) listener(current, previous);
    },
  };
}

/** Lets promises that are ready run on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
}
