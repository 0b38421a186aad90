/** The generator's thread: nothing of what it does can hold up a probe or the dashboard. */
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { ClientLoad } from './client-load.ts';
import type { FromThread, ToThread } from './messages.ts';
import { ServerStream } from './server-stream.ts';

/** Bounded by whoever starts them: one test, and one device of the house with at most 16 connections. */
const loads = new Map<number, ClientLoad>();
const served = new Map<number, ServerStream>();

const tell = (message: FromThread) => parentPort?.postMessage(message);

function start({ id, request }: Extract<ToThread, { kind: 'start' }>): void {
  const load = new ClientLoad(request, {
    onSample: (sample) => tell({ kind: 'sample', id, sample }),
    onRemote: (count) => tell({ kind: 'remote', id, count }),
    onDone: (report) => {
      loads.delete(id);
      tell({ kind: 'done', id, report });
    },
  });
  loads.set(id, load);
}

function serve({ id, fd, head, request }: Extract<ToThread, { kind: 'serve' }>): void {
  const socket = new Socket({ fd, readable: true, writable: true });
  const stream = new ServerStream(socket, head, request, (result) => {
    served.delete(id);
    tell({ kind: 'served', id, served: result });
  });
  served.set(id, stream);
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'start':
      return start(message);
    case 'serve':
      return serve(message);
    case 'add-streams':
      return loads.get(message.id)?.addStreams(message.count);
    case 'stop':
      loads.get(message.id)?.stop();
      served.get(message.id)?.stop();
  }
});
