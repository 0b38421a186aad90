import type { SpeedProgress } from '../../../appliance/features/watch/speedtest/schema.ts';
import type { StreamMessage } from './event-parser.ts';
import { SpeedRun } from './speed-run.ts';

/** Longer without news and the test is not believed to run: a box that was switched off tells no end. */
const silenceMs = 20_000;

/** What the stream tells of speed tests: the one under way, and that one has ended. */
export class SpeedFeed {
  run: SpeedRun | null = null;
  /** Grows when a test ends, or when ends may have been missed. */
  version = 0;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The stream was interrupted. */
  reload(): void {
    this.version += 1;
    this.#changed();
  }

  /** Takes the events of this; false for others. */
  take(message: StreamMessage): boolean {
    if (message.event === 'speedtest.progress')
      this.progress(JSON.parse(message.data) as SpeedProgress); // the event's schema, published by the same build
    else if (message.event === 'speedtest.finished') this.finish();
    else return false;
    return true;
  }

  progress(progress: SpeedProgress): void {
    if (this.run?.isOf(progress)) this.run.add(progress);
    else this.run = new SpeedRun(progress);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.finish(), silenceMs);
    this.#changed();
  }

  finish(): void {
    clearTimeout(this.#timer);
    this.run = null;
    this.version += 1;
    this.#changed();
  }
}
