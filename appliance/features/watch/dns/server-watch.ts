/** One name server: how often it is asked, what it said lately, and when its outcome counts as another one. */
import { single } from './judgement.ts';
import type { AskedServer } from './name-servers.ts';
import type { AskedName, NameAnswer, NameOutcome, NameServerState } from './schema.ts';

const second = 1000;
/** Statistics are of this time and at most so many answers. */
const recentMs = 10 * 60_000;
const maxRecent = 256;
/** Calm answers that make the usual time. */
const maxUsual = 60;
const leastUsual = 5;
const slowFactor = 3;
const leastSlowMs = 200;
const failingPaceMs = 2 * second;
/** A server that has been dead for so long is no news; it is asked as seldom as the others. */
const patienceMs = 3_600_000;
/** A question over TLS makes a new connection, about 6 kB, where one over UDP is 150 bytes. */
const encryptedFactor = 6;
const leastEncryptedMs = 5 * second;
/** Questions under way at once: one a second for a little longer than the timeout. */
const maxUnderWay = 6;

interface Recent {
  endedMonoMs: number;
  /** NaN: no answer. */
  rttMs: number;
}

/** What a new answer changed. */
export interface News {
  /** The outcome is another one than before, and twice in a row. */
  isChange: boolean;
  /** A name failed that did not fail the same way just before, or an answer took much longer than usual. */
  isTrouble: boolean;
}

export class ServerWatch {
  /** Its role may change with the network. */
  asked: AskedServer;
  /** Names with one new address, which is remembered as soon as another name gets another one. */
  readonly #waiting = new Map<string, { name: string; type: NameAnswer['type']; address: string }>();
  /** What it said last, by type and name; bounded by the names of the configuration. */
  readonly #latest = new Map<string, { outcome: NameOutcome; answers: readonly string[] }>();
  readonly failedTotals = new Map<NameOutcome, number>();
  isRedirectingMistakes: boolean | null = null;
  nextMistakeMonoMs: number;
  /** Counts its questions, for the turn of the names. */
  turn = 0;
  readonly #phaseMs: number;
  readonly #underWay = new Map<number, { sentMonoMs: number; isTold: boolean }>();
  #nextId = 0;
  #recent: Recent[] = [];
  #usual: number[] = [];
  #lastAskedMonoMs = Number.NEGATIVE_INFINITY;
  #outcome: NameOutcome | null = null;
  #previousOutcome: NameOutcome | null = null;
  #settledSentMonoMs = Number.NEGATIVE_INFINITY;
  #failingSinceMonoMs = Number.NaN;
  #last: NameAnswer | null = null;
  #wasSlow = false;

  /** Its place among the servers of the line, so that they are asked one after the other. */
  constructor(asked: AskedServer, place: number, nowMonoMs: number) {
    this.asked = asked;
    this.#phaseMs = place * second;
    this.nextMistakeMonoMs = nowMonoMs + 60 * second;
  }

  /** The settled outcome; null until the first answer. */
  get outcome(): NameOutcome | null {
    return this.#outcome;
  }

  get isFailing(): boolean {
    return this.#outcome !== null && this.#outcome !== 'answer';
  }

  /** Fails, and not for so long already that everybody knows. */
  isNewlyFailing(nowMonoMs: number): boolean {
    return this.isFailing && nowMonoMs - this.#failingSinceMonoMs < patienceMs;
  }

  get hasRoom(): boolean {
    return this.#underWay.size < maxUnderWay;
  }

  /** Median of calm answers, ms; NaN while there are too few. */
  get usualMs(): number {
    return this.#usual.length < leastUsual ? Number.NaN : quantile(this.#usual, 0.5);
  }

  isDue(nowMonoMs: number, intervalMs: number, isHurried: boolean): boolean {
    if (!this.hasRoom) return false;
    const paceMs = this.#paceMs(nowMonoMs, intervalMs, isHurried);
    // Half a second off the full ones, on which the tick falls: a millisecond early or late makes no difference.
    const turnAt = (atMonoMs: number) => Math.floor((atMonoMs + second / 2 - this.#phaseMs) / paceMs);
    return turnAt(nowMonoMs) > turnAt(this.#lastAskedMonoMs);
  }

  begin(sentMonoMs: number): number {
    this.#lastAskedMonoMs = sentMonoMs;
    const id = this.#nextId;
    this.#nextId += 1;
    this.#underWay.set(id, { sentMonoMs, isTold: false });
    return id;
  }

  end(id: number): void {
    this.#underWay.delete(id);
  }

  /** True once for a question that has been without an answer for longer than a slow one takes, where that is new. */
  isOverdue(nowMonoMs: number): boolean {
    if (this.#wasSlow || !Number.isNaN(this.#failingSinceMonoMs)) return false;
    const limitMs = this.#slowMs();
    const overdue = [...this.#underWay.values()].filter(
      ({ sentMonoMs, isTold }) => !isTold && nowMonoMs - sentMonoMs > limitMs,
    );
    for (const question of overdue) question.isTold = true;
    return overdue.length > 0;
  }

  /**
   * `isCalm`: asked in its turn, with nothing under suspicion. `isTelling`: false where the outcome says nothing about
   * the server.
   */
  take(
    { answer, sentMonoMs, endedMonoMs }: AskedName,
    { isCalm, isTelling }: { isCalm: boolean; isTelling: boolean },
  ): News {
    const { outcome, rttMs } = answer;
    const key = turnKey(answer);
    if (!isTelling) {
      this.#latest.set(key, { outcome, answers: answer.answers });
      return { isChange: false, isTrouble: false };
    }
    this.#recent.push({ endedMonoMs, rttMs: outcome === 'answer' ? (rttMs ?? Number.NaN) : Number.NaN });
    if (this.#recent.length > maxRecent) this.#recent.shift();
    if (outcome !== 'answer') this.failedTotals.set(outcome, (this.failedTotals.get(outcome) ?? 0) + 1);
    // A loss that was sent before an answer which is known already says nothing about now.
    if (sentMonoMs < this.#settledSentMonoMs) return { isChange: false, isTrouble: false };
    this.#last = answer;
    const isNewFailure = outcome !== 'answer' && this.#latest.get(key)?.outcome !== outcome;
    this.#latest.set(key, { outcome, answers: answer.answers });
    const isSlow = rttMs !== null && rttMs > this.#slowMs();
    const isFirstSlow = isSlow && !this.#wasSlow;
    this.#wasSlow = isSlow;
    if (isCalm && outcome === 'answer' && rttMs !== null) {
      this.#usual.push(rttMs);
      if (this.#usual.length > maxUsual) this.#usual.shift();
    }
    return { isChange: this.#settle(outcome, sentMonoMs), isTrouble: isNewFailure || isFirstSlow };
  }

  /** What the other names of this type got from this server last. */
  latestOf(type: NameAnswer['type'], name: string): readonly string[] | null {
    return this.#latest.get(turnKey({ type, name }))?.answers ?? null;
  }

  /** Whether something else than this was answered last: the server works, as far as it goes. */
  isWellBeside({ type, name }: Pick<NameAnswer, 'type' | 'name'>): boolean {
    const own = turnKey({ type, name });
    return [...this.#latest].some(([key, { outcome }]) => key !== own && outcome === 'answer');
  }

  /** Remembers a name's new address later, when the server has shown that it tells its names apart. */
  wait({ type, name }: Pick<NameAnswer, 'type' | 'name'>, address: string): void {
    this.#waiting.set(turnKey({ type, name }), { type, name, address });
  }

  /** Names whose new address can be remembered now, because this answer gives another name something else. */
  takeConfirmed({ type, name, answers }: Pick<NameAnswer, 'type' | 'name' | 'answers'>) {
    const only = single(answers);
    return [...this.#waiting].flatMap(([key, waiting]) => {
      if (waiting.type !== type || waiting.name === name || waiting.address === only) return [];
      this.#waiting.delete(key);
      return [waiting];
    });
  }

  /** Drops what it knows of names that are asked for no more. */
  keepOnly(names: readonly string[]): void {
    const isKept = (key: string) => names.includes(key.slice(key.indexOf(' ') + 1));
    for (const key of this.#waiting.keys()) if (!isKept(key)) this.#waiting.delete(key);
    for (const key of this.#latest.keys()) if (!isKept(key)) this.#latest.delete(key);
  }

  state(nowMonoMs: number): NameServerState {
    const recent = this.#recent.filter(({ endedMonoMs }) => nowMonoMs - endedMonoMs < recentMs);
    const times = recent.map(({ rttMs }) => rttMs).filter((rttMs) => !Number.isNaN(rttMs));
    const at = (share: number) => (times.length === 0 ? null : round(quantile(times, share)));
    return {
      ...this.asked.server,
      count: recent.length,
      failed: recent.length - times.length,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      last: this.#last,
      isRedirectingMistakes: this.isRedirectingMistakes,
    };
  }

  #slowMs(): number {
    const usualMs = this.usualMs;
    return Number.isNaN(usualMs) ? Number.POSITIVE_INFINITY : Math.max(leastSlowMs, slowFactor * usualMs);
  }

  #paceMs(nowMonoMs: number, intervalMs: number, isHurried: boolean): number {
    const failingForMs = nowMonoMs - this.#failingSinceMonoMs; // NaN while it is well
    const calmMs = failingForMs < patienceMs ? Math.min(intervalMs, failingPaceMs) : intervalMs;
    const paceMs = isHurried ? second : calmMs;
    const { transport } = this.asked.server;
    if (transport !== 'tls' && transport !== 'https') return paceMs;
    return paceMs < intervalMs ? Math.max(leastEncryptedMs, paceMs) : paceMs * encryptedFactor;
  }

  /** Two in a row make a new outcome; two failures of different kinds are one as well. Returns whether it changed. */
  #settle(outcome: NameOutcome, sentMonoMs: number): boolean {
    const previous = this.#previousOutcome;
    const before = this.#outcome;
    this.#previousOutcome = outcome;
    this.#settledSentMonoMs = sentMonoMs;
    if (outcome === 'answer') this.#failingSinceMonoMs = Number.NaN;
    else if (Number.isNaN(this.#failingSinceMonoMs)) this.#failingSinceMonoMs = sentMonoMs;
    if (before === null) {
      this.#outcome = outcome;
      return false;
    }
    const isSettled =
      previous === outcome || (before === 'answer' && previous !== 'answer' && outcome !== 'answer');
    if (outcome === before || !isSettled) return false;
    this.#outcome = outcome;
    return true;
  }
}

const turnKey = ({ type, name }: Pick<NameAnswer, 'type' | 'name'>) => `${type} ${name}`;

const round = (ms: number) => Math.round(ms * 1000) / 1000;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
