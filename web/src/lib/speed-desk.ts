import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { SpeedComparison, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import type { StartWish } from '../parts/speed-start.ts';
import { getJson, RequestFailed, sendJson, withQuery } from './api.ts';
import { appliance } from './appliance.ts';

/** Starts, stops and compares tests, and remembers what went wrong with it. */
export class SpeedDesk implements ReactiveController {
  /** Between the button and the first news of the test. */
  isStarting = false;
  isCancelling = false;
  problem: string | null = null;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.problem = null;
  }

  /** Gives the id of the test when it has ended, whatever its outcome; null when none could run. */
  async start({ line, engine, kind, isBeyondBudget }: StartWish): Promise<string | null> {
    this.isStarting = true;
    this.problem = null;
    this.#host.requestUpdate();
    let id: string | null = null;
    try {
      const test = await sendJson<SpeedTest>('POST', '/api/test-now', {
        line,
        kind,
        ...(engine && { engine }),
        ...(isBeyondBudget && { isBeyondBudget }),
      });
      ({ id } = test);
    } catch (error) {
      // A test that ran and failed is a result as well: the page shows it as one.
      if (error instanceof RequestFailed && error.code === 'SPEEDTEST_FAILED') id = idOf(error.details.test);
      if (id === null) this.problem = error instanceof Error ? error.message : String(error);
    }
    appliance.speed.finish();
    this.isStarting = false;
    this.isCancelling = false;
    this.#host.requestUpdate();
    return id;
  }

  async cancel(): Promise<void> {
    this.isCancelling = true;
    this.#host.requestUpdate();
    try {
      await sendJson('DELETE', '/api/test-now');
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isCancelling = false;
    this.#host.requestUpdate();
  }

  compare = (before: string, after: string): Promise<SpeedComparison> =>
    getJson<SpeedComparison>(withQuery('/api/speedtests/compare', { before, after }));
}

/** Of a test in the details of an error; null where it was not kept. */
function idOf(test: unknown): string | null {
  if (typeof test !== 'object' || test === null || !('id' in test)) return null;
  return typeof test.id === 'string' && test.id !== '' ? test.id : null;
}
