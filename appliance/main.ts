import { resolve } from 'node:path';
import about from '../package.json' with { type: 'json' };
import { openConfig } from './config/load.ts';
import { Bus } from './core/bus.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { AppError, messageOf } from './core/errors.ts';
import type { FeatureContext } from './core/feature.ts';
import type { LoadGenerator } from './core/load.ts';
import type { NetworkTools } from './core/network.ts';
import type { LinkWatch, NameResolver, ProbeEngine } from './core/probing.ts';
import { Timeline } from './core/timeline.ts';
import { setUpFeatures } from './core/wiring.ts';
import { demoParts } from './features/keep/demo/run.ts';
import { timezoneOf } from './features/keep/settings/config.ts';
import { LogRing } from './features/keep/system/log-ring.ts';
import { features } from './features.ts';
import { httpConfig } from './http/config.ts';
import { listOwnNames } from './http/own-names.ts';
import { createHttpServer } from './http/server.ts';
import { boxFacts, readModel } from './mqtt/box-facts.ts';
import { MqttRoom } from './mqtt/room.ts';
import { Calls } from './net/calls.ts';
import { readClockTrust } from './net/clock-trust.ts';
import { createEngine } from './net/engine.ts';
import { callNobody } from './net/guarded-client.ts';
import { createLinkWatch } from './net/link-watch.ts';
import { createLoadGenerator } from './net/load/generator.ts';
import { createNameResolver } from './net/names.ts';
import { locateHost } from './net/place.ts';
import { keepAlive, ProbePulse } from './net/pulse.ts';
import { createNotify } from './net/systemd.ts';
import { createNetworkTools } from './net/tools.ts';
import { openProcessLog } from './process-log.ts';
import { createJobMemory, scheduleMigrations } from './schedule/job-runs.ts';
import { Calendar } from './schedule/jobs.ts';
import { storeConfig } from './store/config.ts';
import { openStore } from './store/index.ts';
import { makeFolder } from './store/make-folder.ts';

/** No measurement of this product is older than its first release. */
const notBeforeMs = Date.UTC(2026, 10, 1);
const clockCheckMs = 5000;
const root = resolve(import.meta.dirname, '..');

export interface ServiceOptions {
  dataFolder?: string | undefined;
  configFile?: string | undefined;
  port?: number | undefined;
  host?: string | undefined;
  logLevel?: string | undefined;
  /** In place of the real line: the demo. */
  simulation?: {
    engine: ProbeEngine;
    link: LinkWatch;
    names: NameResolver;
    /** Takes from the real tools, which work on `engine`, only what touches no network. */
    net(real: NetworkTools): NetworkTools;
    /** Bytes that go nowhere. */
    load?: LoadGenerator;
    /** Called once the service runs; what it returns undoes it. */
    onStarted(context: FeatureContext): Promise<() => Promise<void>>;
  };
}

export interface Service {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

type Undo = () => Promise<unknown> | unknown;

/** Builds and starts every part in order; `stop` undoes it in reverse. A failed start leaves nothing running. */
export async function createService(options: ServiceOptions, signal: AbortSignal): Promise<Service> {
  const undo: Undo[] = [];
  try {
    return await build(options, signal, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function build(options: ServiceOptions, signal: AbortSignal, undo: Undo[]): Promise<Service> {
  const clock: Clock = systemClock;
  const startedMonoMs = clock.monoMs();
  const { simulation } = options;
  const logRing = new LogRing();
  const log = await openProcessLog(options.logLevel ?? 'info', logRing);
  const dataFolder = resolve(options.dataFolder ?? 'data');
  makeDataFolder(dataFolder);

  const config = await openConfig({
    sections: Object.assign({}, httpConfig, storeConfig, ...features.map((feature) => feature.config ?? {})),
    file: options.configFile === undefined ? null : resolve(options.configFile),
    candidates: simulation ? [`${dataFolder}/ist.yaml`] : ['/etc/ist/ist.yaml', `${dataFolder}/ist.yaml`],
    lastGoodFile: `${dataFolder}/ist.last-good.yaml`,
    overrides: overridesOf(options),
    log: log.child({ part: 'config' }),
    clock,
  });
  undo.push(() => config.stop());

  const store = await openStore({
    dataFolder,
    migrations: [...scheduleMigrations, ...features.flatMap((feature) => feature.migrations ?? [])],
    commitMinutes: config.port.current.storage.commitMinutes,
    retention: config.port.current.retention,
    clock,
    log: log.child({ part: 'store' }),
    notBeforeMs,
  });
  undo.push(() => store.close());
  undo.push(config.port.onChange(({ retention }) => store.setRetention(retention)));

  const timeline = new Timeline(clock, readClockTrust, Math.max(notBeforeMs, store.newestMs ?? 0));
  const tellStore = () => store.measurements.setAnchor(timeline.anchor);
  tellStore();
  undo.push(timeline.onChange(tellStore));
  undo.push(
    clock.every(clockCheckMs, () => {
      timeline.check();
      tellStore();
    }),
  );

  const engine = simulation?.engine ?? createEngine({ clock, log: log.child({ part: 'engine' }) });
  const link = simulation?.link ?? createLinkWatch({ clock, log: log.child({ part: 'link' }) });
  const tools = createNetworkTools(engine);
  const net = simulation?.net(tools) ?? tools;
  const calls = new Calls({
    services: features.flatMap(({ services }) => services ?? []),
    config: config.port,
    ask: (question, ending) => net.ask(question, ending),
    clock,
    log: log.child({ part: 'calls' }),
    ...(simulation ? { callOut: callNobody } : {}),
  });
  undo.push(() => calls.stop());
  const load = simulation?.load ?? createLoadGenerator({ clock, log: log.child({ part: 'load' }) });
  undo.push(() => load.stop());
  const bus = new Bus(log.child({ part: 'bus' }));
  const names = simulation?.names ?? createNameResolver();
  const bridge = new MqttRoom({
    config: config.port,
    bus,
    clock,
    timeline,
    log: log.child({ part: 'mqtt' }),
    isDemo: simulation !== undefined,
    random: Math.random,
    locate: (host) => locateHost(host, names),
    mayGoOutside: () => config.port.current.consent.mqttBroker === true,
    countOutside: (sentBytes, receivedBytes) => calls.add('mqttBroker', sentBytes, receivedBytes),
  });
  const context = {
    log,
    clock,
    timeline,
    bus,
    config: config.port,
    store,
    engine,
    link,
    names,
    net,
    load,
    calls,
    bridge,
    logs: logRing,
    ownNames: () => listOwnNames(config.port.current.http.allowedHosts),
    about: { version: about.version, isDemo: simulation !== undefined, startedMonoMs, dataFolder },
  };
  const wired = setUpFeatures(features, context);
  const server = createHttpServer({
    config: config.port.current.http,
    identity: wired.port('certificate'),
    socketPath: `${dataFolder}/ist.sock`,
    routes: wired.routes,
    upgrades: wired.upgrades,
    metrics: wired.metrics,
    streams: wired.streams,
    adminStreams: wired.adminStreams,
    strangerViews: wired.strangerViews,
    gates: wired.gates,
    bus,
    clock,
    log: log.child({ part: 'http' }),
    webFolder: `${root}/web/dist`,
    version: about.version,
    health: () => {
      const { state, method } = wired.port('state').status();
      return { line: state, icmp: method.icmp };
    },
  });
  undo.push(config.port.onChange(({ http }) => server.setAllowedHosts(http.allowedHosts)));

  await engine.start();
  undo.push(() => engine.stop());
  link.start();
  undo.push(() => link.stop());
  const { port, isTls } = await server.start();
  undo.push(() => server.stop());
  for (const part of wired.parts) {
    signal.throwIfAborted();
    await part.start?.(signal);
    undo.push(() => part.stop?.());
  }
  const calendar = new Calendar({
    jobs: wired.parts.flatMap((part) => part.jobs ?? []),
    timezone: () => timezoneOf(config.port.current.site),
    memory: createJobMemory(store.state),
    timeline,
    clock,
    log: log.child({ part: 'schedule' }),
  });
  calendar.start();
  undo.push(() => calendar.stop());
  const [model, { fingerprint }] = await Promise.all([readModel(), wired.port('evidence').chain()]);
  await bridge.start(wired.entities, () => {
    const { http, site } = config.port.current;
    return boxFacts({
      fingerprint,
      model,
      port,
      isTls,
      site: site.name,
      version: about.version,
      ownNames: context.ownNames(),
      givenNames: http.allowedHosts,
    });
  });
  undo.push(() => bridge.stop());
  if (simulation) undo.push(await simulation.onStarted({ ...context, port: wired.port }));

  const url = urlOf(isTls ? 'https' : 'http', config.port.current.http.host, port);
  log.info(
    { url, dataFolder, version: about.version, startMs: Math.round(clock.monoMs() - startedMonoMs) },
    `the dashboard is at ${url}`,
  );
  const notify = createNotify(process.env.NOTIFY_SOCKET, log);
  const latency = wired.port('latency');
  const intervalsMs = () => latency.targets().map((target) => target.intervalMs);
  const pulse = new ProbePulse({ clock, statistics: () => engine.statistics(), intervalsMs });
  notify('READY=1');
  undo.push(keepAlive({ clock, log, notify, pulse }));
  undo.push(() => notify('STOPPING=1'));
  return { port, url, stop: () => unwind(undo) };
}

/** Runs the service until the signal aborts; the exit code says how it went. */
export async function runService(options: ServiceOptions, signal: AbortSignal): Promise<number> {
  process.umask(0o077); // what the household does online is nobody else's business on this machine
  process.on('uncaughtException', (error) => {
    process.stderr.write(`ist: ${error.stack ?? error.message}\n`);
    process.exit(1);
  });
  try {
    const service = await createService(options, signal);
    if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    await service.stop();
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    const code = error instanceof AppError ? `${error.code}: ` : '';
    process.stderr.write(
      `ist: cannot start. ${code}${error instanceof AppError ? error.message : error instanceof Error ? error.stack : error}\n`,
    );
    return 1;
  }
}

/** Runs the service on a simulated line with a year behind it, in a throw-away folder that goes with it. */
export async function runDemo(
  options: Omit<ServiceOptions, 'dataFolder' | 'simulation'> & { days?: number | undefined },
  signal: AbortSignal,
): Promise<number> {
  const { days, ...service } = options;
  const demo = await demoParts({ clock: systemClock, ...(days === undefined ? {} : { days }) });
  try {
    return await runService({ ...service, dataFolder: demo.dataFolder, simulation: demo }, signal);
  } finally {
    await demo.remove();
  }
}

/** Undoes in reverse; one part that fails to stop does not keep the others from it. */
async function unwind(undo: Undo[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `Stopping failed: ${failures.map(messageOf).join('; ')}`);
}

function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new AppError(
      'DATA_FOLDER_UNUSABLE',
      `The data folder ${folder} cannot be made (${messageOf(cause)}). Choose another with IST_DATA.`,
      {
        cause,
      },
    );
  }
}

function overridesOf({ port, host }: ServiceOptions) {
  return [
    ...(port === undefined ? [] : [{ path: 'http.port', value: port, source: '--port or IST_PORT' }]),
    ...(host === undefined ? [] : [{ path: 'http.host', value: host, source: '--host or IST_HOST' }]),
  ];
}

function urlOf(scheme: string, host: string, port: number): string {
  const isAny = host === '::' || host === '0.0.0.0' || host === '127.0.0.1';
  return `${scheme}://${isAny ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
