import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type {
  SpeedPlanReport,
  SpeedTest,
  SpeedTestList,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { getJson, withQuery } from './api.ts';
import { appliance } from './appliance.ts';

/** Enough to find the last one that measured something. */
const looked = 20;
const refreshMs = 10 * 60_000;

/** The last speed test and the next one, kept up to date by the stream. */
export class SpeedSummary implements ReactiveController {
  /** Newest first; null before the first answer. */
  latest: readonly SpeedTest[] | null = null;
  plan: SpeedPlanReport | null = null;
  failure: string | null = null;
  readonly #host: ReactiveControllerHost;
  #version = -1;
  #timer: ReturnType<typeof setInterval> | undefined;
  #leave: () => void = () => undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    const changed = () => {
      this.#host.requestUpdate();
      if (this.#version === appliance.speed.version) return;
      this.#version = appliance.speed.version;
      void this.#load();
    };
    this.#leave = appliance.on('speed', changed);
    this.#timer = setInterval(() => void this.#load(), refreshMs);
    changed();
  }

  hostDisconnected(): void {
    this.#leave();
    clearInterval(this.#timer);
    this.#version = -1;
  }

  async #load(): Promise<void> {
    try {
      const [{ speedtests }, plan] = await Promise.all([
        getJson<SpeedTestList>(withQuery('/api/speedtests', { limit: looked, details: 'true' })),
        getJson<SpeedPlanReport>('/api/speedtest/plan'),
      ]);
      this.latest = speedtests;
      this.plan = plan;
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.#host.requestUpdate();
  }
}
