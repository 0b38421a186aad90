/** Every feature over a real configuration, store, server and log, as the service builds them; only the network is faked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { TSchema } from 'typebox';
import { openConfig } from '../../config/load.ts';
import { Bus } from '../../core/bus.ts';
import { setUpFeatures } from '../../core/wiring.ts';
import { LogRing } from '../../features/keep/system/log-ring.ts';
import { features } from '../../features.ts';
import { httpConfig } from '../../http/config.ts';
import { createHttpServer } from '../../http/server.ts';
import { Calls } from '../../net/calls.ts';
import { callNobody } from '../../net/guarded-client.ts';
import { openProcessLog } from '../../process-log.ts';
import { scheduleMigrations } from '../../schedule/job-runs.ts';
import { storeConfig } from '../../store/config.ts';
import { openStore } from '../../store/index.ts';
import { fakeContext } from './context.ts';

export interface WholeBoxOptions {
  /** The configuration file. */
  yaml: string;
  /** Sections beside those of the product. */
  sections?: Readonly<Record<string, TSchema>>;
}

export async function wholeBox(t: TestContext, { yaml, sections = {} }: WholeBoxOptions) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'ist-whole-'));
  await writeFile(join(dataFolder, 'ist.yaml'), yaml);
  const services = features.flatMap((feature) => feature.services ?? []);
  const { context: fakes, clock, timeline } = fakeContext({ services });
  const logs = new LogRing();
  const logged: string[] = [];
  const output = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      logged.push(line);
      done();
    },
  });
  const log = await openProcessLog('debug', logs, output);
  const config = await openConfig({
    sections: Object.assign(
      {},
      httpConfig,
      storeConfig,
      ...features.map(({ config }) => config ?? {}),
      sections,
    ),
    file: null,
    candidates: [join(dataFolder, 'ist.yaml')],
    lastGoodFile: join(dataFolder, 'ist.last-good.yaml'),
    log,
    clock,
  });
  const store = await openStore({
    dataFolder,
    migrations: [...scheduleMigrations, ...features.flatMap(({ migrations }) => migrations ?? [])],
    commitMinutes: 5,
    retention: config.port.current.retention,
    clock,
    log,
  });
  store.measurements.setAnchor(timeline.anchor);
  const bus = new Bus(log);
  const about = { ...fakes.about, dataFolder };
  const calls = new Calls({
    services,
    config: config.port,
    clock,
    log,
    callOut: callNobody,
    ask: (question, signal) => fakes.net.ask(question, signal),
  });
  const context = { ...fakes, log, bus, calls, config: config.port, store, logs, about };
  const wired = setUpFeatures(features, context);
  const socketPath = join(dataFolder, 'ist.sock');
  const server = createHttpServer({
    config: { ...config.port.current.http, port: 0 },
    identity: wired.port('certificate'),
    socketPath,
    routes: wired.routes,
    metrics: wired.metrics,
    streams: wired.streams,
    adminStreams: wired.adminStreams,
    strangerViews: wired.strangerViews,
    gates: wired.gates,
    bus,
    clock,
    log,
    webFolder: join(dataFolder, 'web'),
    version: '0.0.0',
    health: () => ({}),
  });
  config.port.onChange(({ http }) => server.setAllowedHosts(http.allowedHosts));
  const { port } = await server.start();
  for (const part of wired.parts) await part.start?.(new AbortController().signal);
  t.after(async () => {
    await server.stop();
    for (const part of [...wired.parts].reverse()) await part.stop?.();
    await store.close();
    config.stop();
    await rm(dataFolder, { recursive: true, force: true });
  });
  return { port, socketPath, dataFolder, server, clock, bus, config, log, logged };
}
