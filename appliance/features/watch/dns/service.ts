import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { NameReply } from '../../../core/network.ts';
import type { LatencyPort } from '../latency/schema.ts';
import { AnswerLog } from './answer-log.ts';
import type { Judgement } from './judgement.ts';
import { Knowledge, type Question } from './knowledge.ts';
import { LineWatch } from './line-watch.ts';
import { PulseWatch } from './pulse.ts';
import { madeUpName, questionOf } from './questions.ts';
import type { AskedName, DnsPort, NameAnswer, NamePulse, NameServer, NameServerState } from './schema.ts';
import type { ServerWatch } from './server-watch.ts';

const tickMs = 1000;
/** A slow resolver is slow, not dead: it asks others itself, and they may take their time. */
export const timeoutMs = 4000;
/** How long it hurries by itself after a first failure or slow answer. */
const hurryMs = 15_000;
const mistakeEveryMs = 3_600_000;
const mistakeAgainMs = 5 * 60_000;
/** How often it is looked whether there is something to write. */
const saveEveryMs = 5 * 60_000;
/** All servers of all lines together; the engine takes 256 single probes from everybody. */
const maxUnderWay = 64;
const maxAnswers = 16;

/** Asks every name server all the time, judges what comes back and tells who listens. */
/** Each name is asked every interval, so a server answers one of them that much more often; never faster than this. */
const leastPaceMs = 1000;

export class DnsService implements DnsPort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly knowledge: Knowledge;
  readonly #kept: AnswerLog;
  readonly #pulses: PulseWatch;
  readonly #lines = new Map<string, LineWatch>();
  readonly #listeners = new Set<(asked: AskedName) => void>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  readonly #random: () => number;
  #undo: (() => void)[] = [];
  #announcing: Promise<void> = Promise.resolve();
  #complaint = '';

  constructor(context: FeatureContext, random: () => number = Math.random) {
    this.#context = context;
    this.#latency = context.port('latency');
    this.knowledge = new Knowledge(context);
    this.#kept = new AnswerLog({ state: context.store.state, clock: context.clock, log: context.log });
    this.#pulses = new PulseWatch(
      this.#latency,
      () => this.lines().flatMap(({ servers }) => servers.map(({ asked }) => asked.server)),
      (line) => this.hurry(line, hurryMs),
    );
    this.#random = random;
  }

  async start(): Promise<void> {
    const { clock, bus, config } = this.#context;
    await this.knowledge.load();
    this.#read();
    const again = () => this.#read();
    this.#undo = [
      this.#pulses.start(),
      bus.on('link.changed', again),
      bus.on('target.changed', again),
      config.onChange(again),
      clock.every(tickMs, () => this.#tick()),
      clock.every(saveEveryMs, () => this.#track(this.knowledge.saveWhenDue())),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#stopping.abort();
    await Promise.allSettled(this.#underWay);
    await this.knowledge.save();
    await this.#kept.flush();
  }

  servers(): NameServer[] {
    return this.#watches().map(({ asked }) => asked.server);
  }

  states(): NameServerState[] {
    const now = this.#context.clock.monoMs();
    return this.#watches().map((watch) => watch.state(now));
  }

  /** By server and outcome, since it is watched. */
  failedTotals(): { server: NameServer; outcome: string; count: number }[] {
    return this.#watches().flatMap(({ asked, failedTotals }) =>
      [...failedTotals].map(([outcome, count]) => ({ server: asked.server, outcome, count })),
    );
  }

  lines(): readonly LineWatch[] {
    return [...this.#lines.values()];
  }

  onAsked(listener: (asked: AskedName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onPulse(listener: (pulse: NamePulse) => void): () => void {
    return this.#pulses.onPulse(listener);
  }

  hurry(line: string, forMs: number): void {
    this.#lines.get(line)?.hurry(forMs, this.#context.clock.monoMs());
  }

  async askAll(line: string, reason = 'asked'): Promise<NameAnswer[]> {
    const watched = this.#lines.get(line);
    if (!watched) return [];
    watched.asking ??= this.#askEverybody(watched, reason).finally(() => {
      watched.asking = null;
    });
    return await watched.asking;
  }

  async answersBetween(fromMs: number, toMs: number): Promise<NameAnswer[]> {
    return await this.#kept.between(fromMs, toMs);
  }

  #watches(): ServerWatch[] {
    return this.lines().flatMap((line) => [...line.servers, ...line.controls]);
  }

  /** Takes over lines and servers as they are now. */
  #read(): void {
    const { clock, config } = this.#context;
    const { dns, lines } = config.current;
    const now = clock.monoMs();
    const targets = this.#latency.targets();
    const links = this.#latency.link().lines;
    for (const name of this.#lines.keys())
      if (!links.some((link) => link.name === name)) this.#lines.delete(name);
    for (const link of links) {
      const line = this.#lines.get(link.name) ?? new LineWatch(link.name);
      this.#lines.set(link.name, line);
      const bound = lines.find(({ name }) => name === link.name)?.interface ?? 'auto';
      const interfaceName = bound === 'auto' ? null : bound;
      line.update({ link, interfaceName }, targets, dns.compare, now);
      for (const watch of line.servers) watch.keepOnly(dns.names);
    }
    this.#pulses.read();
  }

  #tick(): void {
    const { clock, config } = this.#context;
    const { names, intervalMs } = config.current.dns;
    const paceMs = Math.max(leastPaceMs, intervalMs / names.length);
    const now = clock.monoMs();
    for (const line of this.#lines.values()) {
      if (line.ownServers.some((watch) => watch.isOverdue(now))) line.hurry(hurryMs, now);
      const isSuspicious = line.isSuspicious(now);
      for (const watch of line.due(now, paceMs)) {
        const question = questionOf(names, watch.turn);
        if (question === null || this.#underWay.size >= maxUnderWay) continue;
        watch.turn += 1;
        this.#track(this.#ask(line, watch, question, !isSuspicious && !watch.isFailing));
      }
      const calm = line.servers.filter(({ outcome }) => outcome === 'answer' && !isSuspicious);
      for (const watch of calm) if (now >= watch.nextMistakeMonoMs) this.#track(this.#askMistake(watch, now));
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => this.#complain(error))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** Null when nothing was asked, or nothing that says anything. */
  async #ask(
    line: LineWatch,
    watch: ServerWatch,
    question: Question,
    isCalm: boolean,
  ): Promise<AskedName | null> {
    const { clock, net } = this.#context;
    const sentMonoMs = clock.monoMs();
    const id = watch.begin(sentMonoMs);
    try {
      const asked = { ...watch.asked.question, ...question, timeoutMs };
      const reply = await net.ask(asked, this.#stopping.signal);
      return line.has(watch) ? this.#take(line, watch, question, reply, sentMonoMs, isCalm) : null;
    } catch (error) {
      this.#complain(error);
      return null;
    } finally {
      watch.end(id);
    }
  }

  #take(
    line: LineWatch,
    watch: ServerWatch,
    question: Question,
    reply: NameReply,
    sentMonoMs: number,
    isCalm: boolean,
  ): AskedName | null {
    const now = this.#context.clock.monoMs();
    const judgement = this.knowledge.judge(line, watch, question, reply, now);
    if (!line.counts(watch, judgement.outcome, now)) return null;
    const isOwn = line.isOwn(watch);
    // What others say of a name is not what this line's own servers said of it.
    if (isOwn) this.knowledge.learn(line, watch, question, reply, judgement, now);
    const answer = this.answerOf(watch, question, reply, judgement, sentMonoMs);
    const endedMonoMs = endOf(reply, sentMonoMs, now);
    const { family } = watch.asked.server;
    const asked: AskedName = { sentMonoMs, endedMonoMs, answer, family, isTrusted: judgement.isTrusted };
    // Where nothing ever worked, every failure tells; but many names have no IPv6 address, and rightly.
    const isTelling =
      judgement.isTrusted ||
      answer.outcome === 'answer' ||
      (answer.type === 'A' && !this.knowledge.names.hasAny(line.name));
    const news = watch.take(asked, { isCalm, isTelling });
    if (isOwn && (news.isTrouble || judgement.isOdd)) line.hurry(hurryMs, now);
    for (const listener of this.#listeners) listener(asked);
    if (news.isChange && answer.role !== 'control') this.#announce(answer);
    return asked;
  }

  /** One after the other, each once it is kept. */
  #announce(answer: NameAnswer): void {
    this.#announcing = this.#announcing
      .then(() => this.#kept.keep([answer], 'changed'))
      .then(() => this.#context.bus.emit('names.changed', answer));
    this.#track(this.#announcing);
  }

  answerOf(
    watch: ServerWatch,
    question: Question,
    reply: NameReply,
    { outcome, reason }: Pick<Judgement, 'outcome' | 'reason'>,
    sentMonoMs: number,
  ): NameAnswer {
    const { id, line, role } = watch.asked.server;
    return {
      server: id,
      line,
      role,
      at: toIso(this.#context.timeline.wallMs(sentMonoMs)),
      ...question,
      outcome,
      rttMs: Number.isNaN(reply.rttUs) ? null : Math.round(reply.rttUs) / 1000,
      answers: reply.answers.slice(0, maxAnswers),
      reason,
    };
  }

  /** All of them for one and the same name, so that they can be compared. */
  async #askEverybody(line: LineWatch, reason: string): Promise<NameAnswer[]> {
    const { names } = this.#context.config.current.dns;
    const known = names.filter((name) => this.knowledge.names.get(line.name, name, 'A') !== null);
    const choice = known.length > 0 ? known : names;
    const name = choice[line.turn % choice.length];
    if (name === undefined) return [];
    line.turn += 1;
    const everybody = line.everybody(this.#context.clock.monoMs());
    const asked = await Promise.all(
      everybody.map((watch) => this.#ask(line, watch, { name, type: 'A' }, false)),
    );
    const answers = asked.flatMap((one) => (one === null ? [] : [one.answer]));
    await this.#kept.keep(answers, reason);
    return answers;
  }

  /** A name that cannot exist: who has an address for it sends people who mistype to a place of its own. */
  async #askMistake(watch: ServerWatch, nowMonoMs: number): Promise<void> {
    watch.nextMistakeMonoMs = nowMonoMs + mistakeEveryMs;
    const name = madeUpName(this.#random);
    const { net } = this.#context;
    const asked = { ...watch.asked.question, name, type: 'A', timeoutMs } as const;
    const { outcome } = await net.ask(asked, this.#stopping.signal);
    if (outcome === 'answer') watch.isRedirectingMistakes = true;
    else if (outcome === 'nxdomain' || outcome === 'empty') watch.isRedirectingMistakes = false;
    else watch.nextMistakeMonoMs = nowMonoMs + mistakeAgainMs;
  }

  /** A question that cannot be asked is the same every few seconds: said once. */
  #complain(error: unknown): void {
    const message = messageOf(error);
    if (this.#stopping.signal.aborted || message === this.#complaint) return;
    this.#complaint = message;
    this.#context.log.warn({ reason: message }, 'a name server could not be asked');
  }
}

/** When the outcome was known: with the reply, with the timeout, or at once. */
function endOf({ outcome, rttUs }: NameReply, sentMonoMs: number, nowMonoMs: number): number {
  if (!Number.isNaN(rttUs)) return sentMonoMs + rttUs / 1000;
  return outcome === 'timeout' ? sentMonoMs + timeoutMs : nowMonoMs;
}
