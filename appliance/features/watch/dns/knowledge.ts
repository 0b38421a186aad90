import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { NameReply } from '../../../core/network.ts';
import { type Judgement, judgeAnswer } from './judgement.ts';
import { KnownNames } from './known-names.ts';
import type { LineWatch } from './line-watch.ts';
import type { NameAnswer } from './schema.ts';
import type { ServerWatch } from './server-watch.ts';

/** New addresses of known names are written once a day; names that are new, as soon as somebody looks. */
const saveAnywayMs = 24 * 3_600_000;

export type Question = Pick<NameAnswer, 'name' | 'type'>;

/** Judges answers by what is known of the watched names, and learns from them. */
export class Knowledge {
  readonly names: KnownNames;
  readonly #context: FeatureContext;
  #savedMonoMs = 0;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.names = new KnownNames(context.store.state);
  }

  async load(): Promise<void> {
    const { clock, log } = this.#context;
    this.#savedMonoMs = clock.monoMs();
    await this.names
      .load()
      .catch((error: unknown) =>
        log.error({ err: error }, 'what is known of names could not be read; it is learned anew'),
      );
  }

  judge(
    line: LineWatch,
    watch: ServerWatch,
    { name, type }: Question,
    reply: NameReply,
    nowMonoMs: number,
  ): Judgement {
    const known = (other: string) => this.names.get(line.name, other, type);
    const others = this.#context.config.current.dns.names
      .filter((other) => other !== name)
      .map((other) => ({ known: known(other), latest: watch.latestOf(type, other) }));
    return judgeAnswer({
      name,
      reply,
      known: known(name),
      strangeForMs: this.names.strangeForMs(line.name, name, type, nowMonoMs),
      others,
      isOwnServer: line.isOwn(watch),
    });
  }

  /** From the line's own servers: what others say of a name is not what it is here. */
  learn(
    line: LineWatch,
    watch: ServerWatch,
    question: Question,
    { answers }: Pick<NameReply, 'answers'>,
    { outcome, lesson }: Judgement,
    nowMonoMs: number,
  ): void {
    if (!line.isOwn(watch)) return;
    const { name, type } = question;
    const isKnown = this.names.get(line.name, name, type) !== null;
    if (outcome === 'answer') {
      this.names.noteGood(line.name, name, type);
      for (const confirmed of watch.takeConfirmed({ ...question, answers }))
        this.names.learn(line.name, confirmed.name, type, [confirmed.address]);
      const [address] = answers;
      if (lesson === 'learn') this.names.learn(line.name, name, type, answers);
      else if (lesson === 'wait' && address !== undefined) watch.wait(question, address);
    } else if (!isKnown && outcome === 'wrong') {
      this.names.noteStrange(line.name, name, type, nowMonoMs);
    } else if (outcome === 'wrong' || outcome === 'nxdomain' || outcome === 'empty') {
      this.names.noteBad(line.name, name, type, nowMonoMs, watch.isWellBeside(question));
    }
  }

  async saveWhenDue(): Promise<void> {
    const isDue = this.#context.clock.monoMs() - this.#savedMonoMs >= saveAnywayMs;
    if (isDue || this.names.hasNewUnsaved) await this.save();
  }

  async save(): Promise<void> {
    const { clock, config, log } = this.#context;
    this.#savedMonoMs = clock.monoMs();
    const { lines, dns } = config.current;
    await this.names
      .save(
        lines.map(({ name }) => name),
        dns.names,
      )
      .catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'what is known of names could not be written'),
      );
  }
}
