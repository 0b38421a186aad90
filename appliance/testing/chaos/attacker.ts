/** One attack on a service that listens in this network namespace; told by JSON as its only argument. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { AttackReport, AttackTask } from './attacks.ts';

/** A connection that the service has closed is opened again after this. */
const reopenMs = 5_000;
/** New connections in one go; the listening queue holds 511. */
const batch = 100;
const batchPauseMs = 20;
const largeBody = JSON.stringify({ target: 'x'.repeat(1 << 20) });

const { attack, port, socketPath, forMs } = JSON.parse(process.argv[2] ?? '') as AttackTask; // written by main.ts
const report: AttackReport = { opened: 0, answers: {}, open: 0 };
const endMs = systemClock.monoMs() + forMs;
const isOver = () => systemClock.monoMs() >= endMs;

function count(answer: string): void {
  report.answers[answer] = (report.answers[answer] ?? 0) + 1;
}

/** Holds `attack.count` sockets, each made by `open`, and replaces those that end. */
async function hold(open: () => Socket): Promise<void> {
  const add = () => {
    if (isOver()) return;
    const socket = open();
    report.opened += 1;
    report.open += 1;
    let status = 'none';
    socket.once('data', (bytes: Buffer) => {
      status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1'))?.[1] ?? 'none';
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      report.open -= 1;
      count(status);
      setTimeout(add, reopenMs).unref();
    });
    socket.resume();
  };
  for (let made = 0; made < attack.count && !isOver(); made += batch) {
    for (let i = 0; i < Math.min(batch, attack.count - made); i += 1) add();
    await pause(batchPauseMs);
  }
  await pause(Math.max(0, endMs - systemClock.monoMs()));
}

const silent = () => connect({ host: '127.0.0.1', port });

/** A request whose headers come one letter a second and never end. */
function drop(): Socket {
  const socket = silent();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const timer = setInterval(() => socket.write('a'), 1000);
  socket.once('close', () => clearInterval(timer));
  return socket;
}

async function post(): Promise<void> {
  while (!isOver()) {
    report.opened += 1;
    count(
      await new Promise<string>((resolve) => {
        const headers = { 'content-type': 'application/json', 'content-length': largeBody.length };
        const sent = request({
          host: '127.0.0.1',
          port,
          path: '/api/ping',
          method: 'POST',
          headers,
          agent: false,
        });
        sent.on('response', (response) =>
          response.resume().on('close', () => resolve(String(response.statusCode))),
        );
        sent.on('error', () => resolve('none'));
        sent.end(largeBody);
      }),
    );
  }
}

/** Over the local socket, which needs no account; what is streamed is the same. */
function listen(): Socket {
  const socket = connect(socketPath);
  socket.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

switch (attack.kind) {
  case 'idle':
    await hold(silent);
    break;
  case 'slow':
    await hold(drop);
    break;
  case 'large':
    await Promise.all(Array.from({ length: attack.count }, post));
    break;
  case 'streams':
    await hold(listen);
    break;
}
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
