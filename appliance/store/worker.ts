/** The one thread that opens the databases. Requests are answered in the order in which they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { timeOf } from '../core/quantise.ts';
import { isDamage } from './database.ts';
import { heatmap } from './heatmap.ts';
import {
  type Greeting,
  type Reply,
  type Request,
  type RequestName,
  type Requests,
  toPlain,
} from './messages.ts';
import { Storage, type StorageOptions } from './storage.ts';

const port = parentPort;
if (port === null) throw new TypeError('worker.ts runs as a worker of index.ts');

function open(): Storage | null {
  try {
    return new Storage(workerData as StorageOptions); // given by index.ts
  } catch (error) {
    port?.postMessage({ error: toPlain(error) } satisfies Greeting);
    return null;
  }
}

type Handlers = { [Name in RequestName]: (input: Requests[Name]['takes']) => Requests[Name]['gives'] };

function handlersOf(storage: Storage): Handlers {
  const nothing = (work: () => void): null => {
    work();
    return null;
  };
  return {
    openSeries: (key) => storage.measurements.openSeries(key),
    append: (packet) => nothing(() => storage.append(packet)),
    setAnchor: (anchor) => nothing(() => storage.setAnchor(anchor)),
    setRetention: (retention) => nothing(() => storage.setRetention(retention)),
    tick: ({ monoMs }) => ({ isMore: storage.tick(monoMs) }),
    tidy: ({ monoMs }) => ({ isMore: storage.tidy(monoMs) }),
    flush: ({ monoMs }) => nothing(() => storage.flush(monoMs)),
    points: (query) => storage.measurements.query.points(query),
    statistics: (query) => storage.measurements.query.statistics(query),
    heatmap: (query) => heatmap(storage.measurements, query),
    samples: (query) => {
      const { atMs, codes } = storage.measurements.query.samples(query);
      return { atMs: Float64Array.from(atMs), rttUs: Float64Array.from(codes, timeOf) };
    },
    extent: (series) => storage.measurements.query.extent(series),
    importHour: ({ series, hourStartMs, runs }) =>
      nothing(() => storage.measurements.importHour(series, hourStartMs, runs)),
    all: ({ sql, parameters }) => storage.state.all(sql, parameters),
    write: (statements) => storage.state.write(statements),
    health: () => storage.health(),
    recover: (name) => nothing(() => storage.recover(name)),
    close: () => nothing(() => storage.close()),
  };
}

const storage = open();
if (storage !== null) {
  const handlers = handlersOf(storage);
  let told = storage.health();
  port.postMessage({ opened: { newestMs: storage.newestMs, health: told } } satisfies Greeting);

  const answer = ({ id, name, input }: Request): Reply => {
    const handle = handlers[name] as (input: unknown) => unknown; // Request ties the name to its input
    try {
      return { id, value: handle(input) };
    } catch (error) {
      if (!isDamage(error)) return { id, error: toPlain(error) };
      storage.recover(name === 'all' || name === 'write' ? 'state' : 'measurements');
      return retry(id, handle, input);
    }
  };
  const retry = (id: number, handle: (input: unknown) => unknown, input: unknown): Reply => {
    try {
      return { id, value: handle(input) };
    } catch (error) {
      return { id, error: toPlain(error) };
    }
  };

  port.on('message', (request: Request) => {
    port.postMessage(answer(request));
    if (request.name === 'close') return port.close();
    const health = storage.health();
    if (health.state === told.state && health.recovered.length === told.recovered.length) return;
    told = health;
    port.postMessage({ health } satisfies Reply);
  });
}
