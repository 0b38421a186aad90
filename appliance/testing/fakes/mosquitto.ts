import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const program = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto'].find((path) => existsSync(path));

/** Why there is none; null where there is. */
export const withoutMosquitto =
  program === undefined ? 'mosquitto is not installed (apt-get install mosquitto)' : false;

export interface Mosquitto {
  port: number;
  folder: string;
  /** As a power cut: what it retained is gone, and its port is free. */
  kill(): Promise<void>;
  /** Again at the same port, with nothing of before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** The Debian broker on a port of its own. `files` are written beside its configuration, which may name them by `DIR`. */
export async function openMosquitto({
  lines = ['allow_anonymous true'],
  files = {},
}: {
  lines?: readonly string[];
  files?: Record<string, string>;
} = {}): Promise<Mosquitto> {
  if (program === undefined) throw new Error('there is no mosquitto');
  const folder = await mkdtemp(join(tmpdir(), 'ist-mosquitto-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o644 });
  const config = ['user root', 'persistence false', `listener ${port} 127.0.0.1`, ...lines].join('\n');
  await writeFile(join(folder, 'mosquitto.conf'), `${config.replaceAll('DIR', folder)}\n`);
  let child: ReturnType<typeof spawn> | null = null;
  const kill = async () => {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((done) => ending.once('exit', done));
    ending.kill('SIGKILL');
    await ended;
  };
  const start = async () => {
    let said = '';
    const started = spawn(program, ['-c', join(folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (piece: Buffer) => {
        said = (said + piece.toString()).slice(-4000);
      });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (await answers(port)) return;
      if (started.exitCode !== null) break;
      await delay(20);
    }
    throw new Error(`mosquitto does not listen: ${said}`);
  };
  await start();
  return {
    port,
    folder,
    kill,
    start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}
