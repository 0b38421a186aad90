/** All connections of one request together: samples, bounds, and how it ended. Runs in the generator's thread. */
import { performance } from 'node:perf_hooks';
import type { RawTcpFacts } from '../../../native/index.d.ts';
import { systemClock } from '../../core/clock.ts';
import type { LoadReport, LoadRequest, LoadSample, RemoteCount } from '../../core/load.ts';
import { ClientStream } from './client-stream.ts';
import type { LoadFailure } from './load-failure.ts';

const sampleMs = 50;
/** Reading the counters of 16 streams takes a tenth of this. */
const mostReadingMs = 2;
const maxStreams = 16;
const usualStallMs = 5000;
/** A server that ends the load in order before this has not let us measure. */
const shortMs = 1000;

export interface ClientLoadListeners {
  onSample(sample: LoadSample): void;
  onRemote(count: RemoteCount): void;
  onDone(report: LoadReport): void;
}

export class ClientLoad {
  readonly #request: LoadRequest;
  readonly #listeners: ClientLoadListeners;
  readonly #streams: ClientStream[] = [];
  #timer: NodeJS.Timeout | null = null;
  #firstMs = Number.NaN;
  #grewMs = Number.NaN;
  #bytes = 0;
  #last = { monoMs: Number.NaN, heldBackUs: 0, perStream: [] as number[] };
  #usage = performance.eventLoopUtilization();
  #isDone = false;

  constructor(request: LoadRequest, listeners: ClientLoadListeners) {
    this.#request = request;
    this.#listeners = listeners;
    this.addStreams(request.streams);
  }

  addStreams(count: number): void {
    for (let added = 0; added < count && this.#streams.length < maxStreams && !this.#isDone; added += 1) {
      const stream = this.#streams.length;
      this.#streams.push(
        new ClientStream(this.#request, {
          onLoad: () => this.#begin(),
          onRemote: (remote) => this.#listeners.onRemote({ stream, ...remote }),
          onEnd: (failure) => this.#streamEnded(failure),
        }),
      );
    }
  }

  stop(): void {
    this.#finish('stopped', null);
  }

  #begin(): void {
    if (this.#timer || this.#isDone) return;
    this.#firstMs = systemClock.monoMs();
    this.#grewMs = this.#firstMs;
    this.#timer = setInterval(() => this.#sample(), sampleMs);
    this.#sample();
  }

  #sample(): void {
    const { monoMs, facts } = this.#readFacts();
    const perStream = this.#streams.map((stream, index) => stream.bytes(facts[index] ?? null));
    const known = facts.filter((each) => each !== null);
    const bytes = perStream.reduce((sum, each) => sum + each, 0);
    const isDown = this.#request.direction === 'down';
    const heldBackUs = known.reduce((sum, each) => sum + each.receiverLimitedUs + each.bufferLimitedUs, 0);
    const elapsedMs = monoMs - this.#last.monoMs;
    const usage = performance.eventLoopUtilization(this.#usage);
    this.#usage = performance.eventLoopUtilization();
    const rtts = known.map(({ rttUs }) => rttUs).filter((rttUs) => rttUs > 0);
    this.#listeners.onSample({
      monoMs,
      bytes,
      ownBytes: known.reduce(
        (sum, each) => sum + (isDown ? each.dataSegmentsIn * each.receiveSegmentBytes : each.bytesSent),
        0,
      ),
      streams: this.#streams.filter(({ isLoading }) => isLoading).length,
      rttUs: rtts.reduce((sum, each) => sum + each, 0) / rtts.length,
      retransmits: known.reduce((sum, each) => sum + each.retransmits, 0),
      heldBackRatio:
        elapsedMs > 0 && known.length > 0
          ? Math.min(1, Math.max(0, heldBackUs - this.#last.heldBackUs) / 1000 / elapsedMs / known.length)
          : 0,
      generatorBusyRatio: usage.utilization,
    });
    if (elapsedMs > 0)
      for (const [index, stream] of this.#streams.entries())
        stream.followRate(((perStream[index] ?? 0) - (this.#last.perStream[index] ?? 0)) / elapsedMs);
    this.#last = { monoMs, heldBackUs, perStream };
    if (bytes > this.#bytes) this.#grewMs = monoMs;
    this.#bytes = Math.max(this.#bytes, bytes);
    this.#checkBounds(monoMs);
  }

  /** Read at one moment: where the thread had to wait in between, once more, or bytes and time would not belong together. */
  #readFacts(): { monoMs: number; facts: (RawTcpFacts | null)[] } {
    for (let attempt = 1; ; attempt += 1) {
      const beforeMs = systemClock.monoMs();
      const facts = this.#streams.map((stream) => stream.facts());
      const afterMs = systemClock.monoMs();
      if (afterMs - beforeMs < mostReadingMs || attempt === 3)
        return { monoMs: (beforeMs + afterMs) / 2, facts };
    }
  }

  #checkBounds(nowMs: number): void {
    const stallMs = this.#request.stallMs ?? usualStallMs;
    if (nowMs - this.#firstMs >= this.#request.maxMs) this.#finish('time', null);
    else if (this.#bytes >= this.#request.maxBytes) this.#finish('bytes', null);
    else if (nowMs - this.#grewMs >= stallMs) {
      const message = `nothing arrived for ${stallMs} ms`;
      this.#finish('failed', { outcome: 'stalled', message, status: null });
    }
  }

  /** The others go on while one remains; what the last one ended with is how it all ended. */
  #streamEnded(failure: LoadFailure | null): void {
    if (this.#isDone || this.#streams.some((stream) => !stream.isEnded)) return;
    if (failure !== null) {
      this.#finish('failed', failure);
    } else if (!(systemClock.monoMs() - this.#firstMs >= shortMs)) {
      this.#finish('failed', {
        outcome: 'short',
        message: 'the server ended the test at once',
        status: null,
      });
    } else this.#finish('server', null);
  }

  #finish(end: LoadReport['end'], failure: Pick<LoadFailure, 'outcome' | 'message' | 'status'> | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#timer) clearInterval(this.#timer);
    const facts = this.#streams.map((stream) => stream.facts());
    const [first] = this.#streams;
    const bytes = this.#streams.reduce((sum, stream, index) => sum + stream.bytes(facts[index] ?? null), 0);
    for (const stream of this.#streams) stream.stop();
    this.#listeners.onDone({
      outcome: failure?.outcome ?? 'ok',
      message: failure?.message ?? null,
      end,
      status: failure?.status ?? null,
      bytes,
      tls: first?.tls ?? null,
      connectMs: first?.connectMs ?? Number.NaN,
      tlsMs: first?.tlsMs ?? Number.NaN,
      firstByteMs: first?.firstByteMs ?? Number.NaN,
      congestionControl:
        this.#request.direction === 'up'
          ? (facts.find((each) => each !== null)?.congestionControl ?? null)
          : null,
    });
  }
}
