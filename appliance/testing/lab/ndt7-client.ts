/** The official ndt7 client against one server: prints what it says it measured. node ndt7-client.ts HOST:PORT */
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker as Thread } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const ndt7 = require('@m-lab/ndt7');
const sources = path.dirname(require.resolve('@m-lab/ndt7'));

/** Makes a thread look like the worker of a browser, inside. */
const inside = (file: string) => `
  const { parentPort } = require('node:worker_threads');
  globalThis.self = globalThis;
  globalThis.postMessage = (data) => parentPort.postMessage(data);
  require(${JSON.stringify(file)});
  parentPort.on('message', (data) => globalThis.onmessage({ data }));
`;

/** The same, outside. */
class BrowserWorker {
  readonly #thread: Thread;
  onmessage: (event: { data: unknown }) => void = () => undefined;

  constructor(file: string) {
    this.#thread = new Thread(inside(path.join(sources, file)), { eval: true });
    this.#thread.on('message', (data) => this.onmessage({ data }));
    this.#thread.on('error', (error) => this.onmessage({ data: { MsgType: 'error', Error: error.message } }));
  }

  postMessage(data: unknown): void {
    this.#thread.postMessage(data);
  }

  terminate(): void {
    void this.#thread.terminate();
  }
}

Object.assign(globalThis, { Worker: BrowserWorker });

export interface Ndt7Said {
  code: number;
  errors: string[];
  downMbps: number | null;
  /** Of the server's messages: what it has received. */
  upServerMbps: number | null;
  upClientMbps: number | null;
}

const said: Ndt7Said = { code: -1, errors: [], downMbps: null, upServerMbps: null, upClientMbps: null };
said.code = await ndt7.test(
  { server: process.argv[2], protocol: 'ws', mlabDataPolicyInapplicable: true },
  {
    error: (message: string) => said.errors.push(message),
    downloadComplete({ LastClientMeasurement: last }: { LastClientMeasurement: { MeanClientMbps: number } }) {
      said.downMbps = last.MeanClientMbps;
    },
    uploadComplete(last: {
      LastClientMeasurement?: { MeanClientMbps: number };
      LastServerMeasurement?: { TCPInfo: { BytesReceived: number; ElapsedTime: number } };
    }) {
      const { BytesReceived: bytes = 0, ElapsedTime: us = 0 } = last.LastServerMeasurement?.TCPInfo ?? {};
      said.upServerMbps = us > 0 ? (bytes * 8) / us : null;
      said.upClientMbps = last.LastClientMeasurement?.MeanClientMbps ?? null;
    },
  },
);
console.log(JSON.stringify(said));
process.exit(0);
