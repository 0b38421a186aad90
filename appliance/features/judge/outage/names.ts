/** Whether names are resolved, by the answers of the name servers that this house uses. */
import type { NameEvidence } from './evidence.ts';
import { quantile } from './track.ts';

/** In a row before a server counts as failing: an answer that says no is sure, a missing one may be a lost packet. */
const failedAnswers = 2;
const lostAnswers = 3;
/** So seldom may the losses of a line alone look like that. */
const byChance = 1e-5;
/** A server is slow when most of its last answers took this much longer than usual. */
const slowAnswers = 3;
const slowFactor = 4;
const leastSlowMs = 300;
/** Answers that make the usual time. */
const usualAnswers = 64;
/** A server that is no longer asked is none of this house's any more. */
const goneMs = 180_000;
/** Good ones in a row that end it. */
const goodAnswers = 2;

export interface NameTrouble {
  symptom: 'names' | 'slow-names';
  /** Every server is concerned. */
  isWhole: boolean;
  cause: string;
  startMs: number;
  lastMs: number;
  servers: string[];
}

/** What the question that is asked every second says of a server, since it answered anything. */
class Pulse {
  lostInRow = 0;
  /** The first one without a good answer; NaN while all is well. */
  sinceMs = Number.NaN;
  lastMs = Number.NaN;
  #goodMs = Number.NEGATIVE_INFINITY;

  /** Any question was answered: the server was there when it was sent. */
  answered(sentMs: number): void {
    this.#goodMs = Math.max(this.#goodMs, sentMs);
    if (!(this.lastMs > sentMs)) this.forgive();
  }

  failed({ sentMs, outcome }: NameEvidence): void {
    if (sentMs < this.#goodMs) return;
    if (Number.isNaN(this.sinceMs)) this.sinceMs = sentMs;
    this.lastMs = sentMs;
    this.lostInRow = isLost(outcome) ? this.lostInRow + 1 : 0;
  }

  forgive(): void {
    this.lostInRow = 0;
    this.sinceMs = Number.NaN;
  }
}

class Server {
  readonly id: string;
  askedMs = Number.NEGATIVE_INFINITY;
  failedSinceMs = Number.NaN;
  lastFailedMs = Number.NaN;
  failedInRow = 0;
  lostInRow = 0;
  goodInRow = 0;
  slowInRow = 0;
  slowSinceMs = Number.NaN;
  lastSlowMs = Number.NaN;
  hasAnswered = false;
  cause = '';
  readonly #pulse = new Pulse();
  /** Newest last; only good ones. */
  #times: number[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get usualMs(): number {
    return quantile(
      [...this.#times].sort((a, b) => a - b),
      0.5,
    );
  }

  take(evidence: NameEvidence): void {
    const { isAnswered, isTrusted, isPulse, sentMs, outcome, rttMs } = evidence;
    if (isAnswered) this.#pulse.answered(sentMs);
    if (isPulse) {
      if (isAnswered) this.hasAnswered = true;
      else this.#pulse.failed(evidence);
      if (!isAnswered && this.failedInRow === 0) this.cause = outcome;
      return;
    }
    if (!isAnswered) {
      if (!isTrusted && (outcome === 'nxdomain' || outcome === 'empty')) return;
      if (this.failedInRow === 0) this.failedSinceMs = sentMs;
      this.failedInRow += 1;
      if (isLost(outcome)) this.lostInRow += 1;
      this.goodInRow = 0;
      this.lastFailedMs = sentMs;
      this.cause = outcome;
      return;
    }
    this.hasAnswered = true;
    this.failedInRow = 0;
    this.lostInRow = 0;
    this.goodInRow += 1;
    const usualMs = this.usualMs;
    if (this.#times.length >= slowAnswers && rttMs >= Math.max(leastSlowMs, slowFactor * usualMs)) {
      if (this.slowInRow === 0) this.slowSinceMs = sentMs;
      this.slowInRow += 1;
      this.lastSlowMs = sentMs;
      return;
    }
    this.slowInRow = 0;
    this.#times.push(rttMs);
    if (this.#times.length > usualAnswers) this.#times.shift();
  }

  isFailing(lossRatio: number): boolean {
    if (!this.hasAnswered) return false;
    if (this.failedInRow - this.lostInRow >= failedAnswers) return true;
    return Math.max(this.failedInRow, this.#pulse.lostInRow) >= lostThatTell(lossRatio);
  }

  /** First question that failed. */
  get failingSinceMs(): number {
    const times = [this.#pulse.sinceMs, this.failedInRow > 0 ? this.failedSinceMs : Number.NaN];
    return Math.min(...times.filter((ms) => !Number.isNaN(ms)));
  }

  /** Newest question that failed; NaN before the first. */
  get failedLastMs(): number {
    return Math.max(...[this.lastFailedMs, this.#pulse.lastMs].filter((ms) => !Number.isNaN(ms)));
  }

  get isWell(): boolean {
    return this.goodInRow >= goodAnswers && this.slowInRow === 0 && this.#pulse.lostInRow === 0;
  }

  /** What was lost with the line was not the server's fault. */
  forgive(): void {
    this.failedInRow = 0;
    this.lostInRow = 0;
    this.slowInRow = 0;
    this.#pulse.forgive();
  }
}

/** Missing answers in a row that packets lost by chance do not explain. */
const lostThatTell = (lossRatio: number) =>
  Math.max(lostAnswers, Math.ceil(Math.log(byChance) / Math.log(Math.min(0.9, lossRatio))));

const isLost = (outcome: string) => outcome === 'timeout' || outcome === 'unreachable' || outcome === 'local';

/** Follows the servers of one line. */
export class NameWatch {
  readonly #servers = new Map<string, Server>();
  readonly #controls = new Map<string, Server>();

  take(evidence: NameEvidence): void {
    const servers = evidence.isControl ? this.#controls : this.#servers;
    const server = servers.get(evidence.server) ?? new Server(evidence.server);
    servers.set(evidence.server, server);
    server.askedMs = Math.max(server.askedMs, evidence.sentMs);
    server.take(evidence);
    for (const [id, { askedMs }] of servers) if (askedMs < evidence.sentMs - goneMs) servers.delete(id);
  }

  forgive(): void {
    for (const server of [...this.#servers.values(), ...this.#controls.values()]) server.forgive();
  }

  /** What is wrong now; null when every server does its work. */
  trouble(lossRatio: number): NameTrouble | null {
    const known = [...this.#servers.values()].filter(({ hasAnswered }) => hasAnswered);
    const failing = known.filter((server) => server.isFailing(lossRatio));
    if (failing.length > 0) {
      const isWhole = failing.length === known.length;
      return {
        symptom: 'names',
        isWhole,
        cause: failing[0]!.cause, // not empty
        startMs: isWhole
          ? Math.max(...failing.map(({ failingSinceMs }) => failingSinceMs))
          : Math.min(...failing.map(({ failingSinceMs }) => failingSinceMs)),
        lastMs: Math.max(...failing.map(({ failedLastMs }) => failedLastMs)),
        servers: failing.map(({ id }) => id),
      };
    }
    const slow = known.filter(({ slowInRow }) => slowInRow >= slowAnswers);
    if (slow.length === 0) return null;
    return {
      symptom: 'slow-names',
      isWhole: slow.length === known.length,
      cause: 'slow',
      startMs: Math.min(...slow.map(({ slowSinceMs }) => slowSinceMs)),
      lastMs: Math.max(...slow.map(({ lastSlowMs }) => lastSlowMs)),
      servers: slow.map(({ id }) => id),
    };
  }

  /** True when these servers (those that still exist) answer well again. */
  areWell(servers: readonly string[]): boolean {
    return servers.every((id) => {
      const server = this.#servers.get(id);
      return !server || server.isWell;
    });
  }

  /** Last failed or slow question of these servers. */
  lastTroubleMs(servers: readonly string[], symptom: NameTrouble['symptom']): number {
    const times = servers.flatMap((id) => {
      const server = this.#servers.get(id);
      return server ? [symptom === 'names' ? server.failedLastMs : server.lastSlowMs] : [];
    });
    return Math.max(...times.filter((ms) => !Number.isNaN(ms)));
  }

  facts(): { name: string; value: string }[] {
    const tell = (kind: string) => (server: Server) => ({
      name: `${kind} ${server.id}`,
      value: server.failedInRow > 0 ? `${server.cause}, ${server.failedInRow} in a row` : 'answers',
    });
    return [
      ...[...this.#servers.values()].map(tell('name server')),
      ...[...this.#controls.values()].map(tell('name server to compare')),
    ];
  }
}
