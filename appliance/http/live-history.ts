import { Buffer } from 'node:buffer';

/** Both bounds hold: minutes of normal life, and never more than this much memory. */
export const historyLimits = { events: 1_000, bytes: 256 * 1024 };

/** One event of the stream; its JSON is made at the first use and shared by everyone. */
export class LiveEvent {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  #data: unknown;
  #json: string | null = null;

  constructor(id: number, name: string, data: unknown) {
    this.id = id;
    this.name = name;
    this.#data = data;
    this.bytes = approximateBytes(data);
  }

  get json(): string {
    if (this.#json === null) {
      this.#json = JSON.stringify(this.#data) ?? 'null';
      this.#data = null;
    }
    return this.#json;
  }

  /** WHATWG HTML §9.2.6: JSON holds no line break, so one data line carries it. */
  toEventStream(): Buffer {
    return Buffer.from(`id: ${this.id}\nevent: ${this.name}\ndata: ${this.json}\n\n`);
  }

  toMessage(): string {
    return `{"id":${this.id},"event":${JSON.stringify(this.name)},"data":${this.json}}`;
  }
}

/** The newest events, for clients that come back. Holds the bus's own objects: with nobody listening nothing is serialised. */
export class LiveHistory {
  readonly #limits: typeof historyLimits;
  readonly #startedAfter: number;
  #events: LiveEvent[] = [];
  /** Index of the oldest kept event; the dead head is cut off when it is half of the array. */
  #head = 0;
  #bytes = 0;
  #lastId: number;

  /** `firstId` must grow from one start of the service to the next, so that no id is used twice. */
  constructor(firstId: number, limits = historyLimits) {
    this.#lastId = firstId;
    this.#startedAfter = firstId;
    this.#limits = limits;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get size(): { events: number; bytes: number } {
    return { events: this.#events.length - this.#head, bytes: this.#bytes };
  }

  add(name: string, data: unknown): LiveEvent {
    this.#lastId += 1;
    const event = new LiveEvent(this.#lastId, name, data);
    this.#events.push(event);
    this.#bytes += event.bytes;
    while (
      this.size.events > this.#limits.events ||
      (this.#bytes > this.#limits.bytes && this.size.events > 1)
    ) {
      this.#bytes -= this.#events[this.#head]?.bytes ?? 0;
      this.#head += 1;
    }
    if (this.#head > 64 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** The events after `id`, or null when some of them are gone or the id was never given out by this run. */
  since(id: number): readonly LiveEvent[] | null {
    const oldest = this.#events[this.#head]?.id ?? this.#lastId + 1;
    if (id > this.#lastId || id < this.#startedAfter || id < oldest - 1) return null;
    return this.#events.slice(this.#head + (id - oldest + 1));
  }
}

/** Roughly the JSON length; a walk over the object is cheaper than writing it and leaves nothing behind. */
function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 2;
  if (Array.isArray(value)) {
    for (const item of value) sum += approximateBytes(item) + 1;
    return sum;
  }
  for (const [key, item] of Object.entries(value)) sum += key.length + 4 + approximateBytes(item);
  return sum;
}
