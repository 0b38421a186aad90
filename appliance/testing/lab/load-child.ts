/** The load generator alone, in a namespace: `serve PORT` answers tests, `{"request":…}` runs one and prints its samples. */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../../core/clock.ts';
import type { LoadReport, LoadRequest, LoadSample, RemoteCount } from '../../core/load.ts';
import { createLoadGenerator } from '../../net/load/generator.ts';
import { quietLog } from './quiet-log.ts';

export interface LoadChildTask {
  request: LoadRequest;
  /** Streams that are added after so many ms. */
  addAfterMs?: { ms: number; count: number };
}

export interface LoadChildReport {
  samples: LoadSample[];
  remotes: RemoteCount[];
  report: LoadReport;
  cpuMs: number;
  elapsedMs: number;
}

const generator = createLoadGenerator({ clock: systemClock, log: quietLog });

function serve(port: number): void {
  const server = createServer((_request, response) => response.end());
  server.on('upgrade', (request, socket, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://here');
    const congestionControl = url.searchParams.get('cc');
    generator.serve(socket as Socket, head, {
      protocol: 'ndt7',
      direction: url.pathname.endsWith('/upload') ? 'up' : 'down',
      webSocketKey: String(request.headers['sec-websocket-key']),
      congestionControl:
        congestionControl === 'cubic' || congestionControl === 'bbr' ? congestionControl : 'reno',
      maxMs: 60_000,
      maxBytes: Number.POSITIVE_INFINITY,
    });
  });
  server.listen(port, () => console.log('serving'));
}

async function run({ request, addAfterMs }: LoadChildTask): Promise<void> {
  const samples: LoadSample[] = [];
  const remotes: RemoteCount[] = [];
  const cpuBefore = process.cpuUsage();
  const startedMs = systemClock.monoMs();
  const load = generator.start(request, {
    onSample: (sample) => samples.push({ ...sample }),
    onRemote: (count) => remotes.push({ ...count }),
  });
  const keepAlive = setInterval(() => undefined, 1000); // the generator's thread does not
  if (addAfterMs) setTimeout(() => load.addStreams(addAfterMs.count), addAfterMs.ms);
  const report = await load.done;
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsedMs = systemClock.monoMs() - startedMs;
  clearInterval(keepAlive);
  const printed: LoadChildReport = { samples, remotes, report, cpuMs: (user + system) / 1000, elapsedMs };
  console.log(JSON.stringify(printed));
  await generator.stop();
}

const [what = '', port = ''] = process.argv.slice(2);
if (what === 'serve') serve(Number(port));
else await run(JSON.parse(what) as LoadChildTask); // written by our own tests
