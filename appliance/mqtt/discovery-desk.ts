import type { Clock } from '../core/clock.ts';
import { type DiscoveryDocument, withRemoved } from './discovery.ts';
import type { Outbox } from './outbox.ts';

/** Home Assistant skips parts of a document that comes within five seconds of the one before; the way there takes time. */
const betweenMs = 8000;
/** What a broker may hold under our name; a document of ours has some tens of kilobytes. */
const maxHeldBytes = 256 * 1024;

/**
 * Keeps the discovery document at the broker, and takes entities back that are no longer there. What was offered before
 * is read from the broker itself, so that nothing has to be remembered over restarts and updates.
 */
export class DiscoveryDesk {
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #topic: string;
  #wanted: DiscoveryDocument | null = null;
  /** Components that Home Assistant may know, with their platform: of all documents since the start, until taken back. */
  readonly #offered = new Map<string, string>();
  #sentMonoMs = Number.NEGATIVE_INFINITY;
  #isReady = false;
  #cancel: () => void = () => undefined;

  constructor(options: { clock: Clock; outbox: Outbox; topic: string }) {
    this.#clock = options.clock;
    this.#outbox = options.outbox;
    this.#topic = options.topic;
  }

  get bytes(): number {
    return Buffer.byteLength(this.#outbox.valueOf(this.#topic) ?? '');
  }

  get entities(): number {
    return Object.keys(this.#wanted?.components ?? {}).length;
  }

  /** What is to be known of the box from now on. */
  offer(document: DiscoveryDocument): void {
    this.#wanted = document;
    if (this.#isReady) this.#settle();
  }

  /** What the broker has retained, from before. */
  held(payload: Uint8Array): void {
    if (payload.length === 0 || payload.length > maxHeldBytes) return;
    for (const [key, platform] of componentsOf(payload)) this.#offered.set(key, platform);
  }

  /** What the broker holds has been told by now: publish. */
  ready(): void {
    this.#isReady = true;
    this.#settle();
  }

  /** The document goes out once more as it is; another one has to wait for that as well. */
  sentAgain(): void {
    this.#sentMonoMs = this.#clock.monoMs();
  }

  stop(): void {
    this.#isReady = false;
    this.#cancel();
  }

  #settle(): void {
    this.#cancel();
    const document = this.#wanted;
    if (document === null) return;
    const restMs = this.#sentMonoMs + betweenMs - this.#clock.monoMs();
    if (restMs > 0) {
      this.#cancel = this.#clock.after(restMs, () => this.#settle());
      return;
    }
    const gone = [...this.#offered].filter(([key]) => !Object.hasOwn(document.components, key));
    if (gone.length === 0) {
      this.#put(document);
      return;
    }
    // First without, then as if it had never been: Home Assistant's order for taking an entity back.
    this.#put(withRemoved(document, Object.fromEntries(gone)));
    for (const [key] of gone) this.#offered.delete(key);
    this.#cancel = this.#clock.after(betweenMs, () => this.#settle());
  }

  #put(document: DiscoveryDocument): void {
    const payload = JSON.stringify(document);
    if (payload === this.#outbox.valueOf(this.#topic)) return;
    this.#outbox.keep(this.#topic, payload);
    this.#sentMonoMs = this.#clock.monoMs();
    for (const [key, { platform }] of Object.entries(this.#wanted?.components ?? {}))
      this.#offered.set(key, platform);
  }
}

/** Somebody else's text: whatever is no document has no components. */
function componentsOf(payload: Uint8Array): [key: string, platform: string][] {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return [];
  }
  const components = isObject(document) ? document.components : null;
  if (!isObject(components)) return [];
  return Object.entries(components)
    .slice(0, 500)
    .flatMap(([key, component]) =>
      /^[A-Za-z0-9_-]{1,100}$/.test(key) && isObject(component) && typeof component.platform === 'string'
        ? [[key, component.platform.slice(0, 40)] as [string, string]]
        : [],
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
