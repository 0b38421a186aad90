import type { Bus } from '../core/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { EntityFacts, EntityTopic } from '../core/entities.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Outbox } from './outbox.ts';
import type { Topics } from './topics.ts';

export interface PublisherOptions {
  bus: Bus;
  clock: Clock;
  log: Log;
  outbox: Outbox;
  topics: Topics;
  /** Each field also on a topic of its own. */
  hasSingleValues: boolean;
}

interface Followed {
  topic: EntityTopic;
  undo: (() => void)[];
  reading: Promise<void> | null;
  isAgain: boolean;
  isDue: boolean;
}

/** Reads the topics of the features when something has happened and when their time has come, and keeps them. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Follows these and no others; what is no longer among them is taken back. */
  follow(wanted: readonly EntityTopic[]): void {
    const { outbox, topics, bus, clock } = this.#options;
    const names = new Set(wanted.map(({ topic }) => topic));
    for (const [name, followed] of this.#followed) {
      for (const undo of followed.undo.splice(0)) undo();
      if (names.has(name)) continue;
      const own = topics.state(name);
      outbox.forget((topic) => topic === own || topic.startsWith(`${own}/`));
    }
    this.#followed.clear();
    for (const topic of wanted) {
      const followed: Followed = { topic, undo: [], reading: null, isAgain: false, isDue: false };
      this.#followed.set(topic.topic, followed);
      followed.undo = [
        ...topic.on.map((event) => bus.on(event, () => this.#read(followed, false))),
        clock.every(topic.everyMs, () => this.#read(followed, true)),
      ];
      this.#read(followed, true);
    }
  }

  stop(): void {
    for (const { undo } of this.#followed.values()) for (const each of undo.splice(0)) each();
    this.#followed.clear();
  }

  /** One reading at a time, and at most one more behind it, however many things happen. */
  #read(followed: Followed, isDue: boolean): void {
    followed.isDue ||= isDue;
    if (followed.reading) {
      followed.isAgain = true;
      return;
    }
    followed.reading = this.#readNow(followed).finally(() => {
      followed.reading = null;
      if (!followed.isAgain) return;
      followed.isAgain = false;
      this.#read(followed, false);
    });
  }

  async #readNow(followed: Followed): Promise<void> {
    const { topic } = followed;
    const isDue = followed.isDue;
    followed.isDue = false;
    let facts: EntityFacts = {};
    try {
      const read = topic.read();
      facts = read instanceof Promise ? await read : read;
    } catch (error) {
      // What cannot be read is not known, and must not look as if the last value were still true.
      this.#options.log.warn({ topic: topic.topic, reason: messageOf(error) }, 'a topic could not be read');
    }
    if (this.#followed.get(topic.topic) === followed) this.#publish(topic, facts, isDue);
  }

  #publish({ topic, expires = false }: EntityTopic, facts: EntityFacts, isDue: boolean): void {
    const { outbox, topics, hasSingleValues } = this.#options;
    outbox.keep(topics.state(topic), JSON.stringify(facts), { again: expires && isDue });
    if (!hasSingleValues) return;
    for (const [field, value] of Object.entries(facts))
      if (typeof value !== 'object' || value === null)
        outbox.keep(topics.value(topic, field), value === null ? '' : String(value));
  }
}
