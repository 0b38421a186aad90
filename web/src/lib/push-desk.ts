import type { ReactiveControllerHost } from 'lit';
import type { PushDevice, PushState } from '../../../appliance/features/tell/push/schema.ts';
import { sentence } from './format.ts';
import {
  type Obstacle,
  obstacle,
  ownDevice,
  readPush,
  removeDevice,
  sendTest,
  subscribe,
  unsubscribe,
} from './push.ts';
import { pushWords as words } from './words/push.ts';

/** Which browsers get messages, and what changes that. */
export class PushDesk {
  state: PushState | null = null;
  /** The entry of this browser. */
  own: PushDevice | null = null;
  obstacle: Obstacle | null = null;
  problem: string | null = null;
  /** What has just been done, in words. */
  done: string | null = null;
  isBusy = false;
  readonly #host: Pick<ReactiveControllerHost, 'requestUpdate'>;

  constructor(host: Pick<ReactiveControllerHost, 'requestUpdate'>) {
    this.#host = host;
  }

  load = (): Promise<void> => this.#act(async () => null);

  subscribe = (): Promise<void> =>
    this.#act(async () => (this.state && !(await subscribe(this.state)) ? words.declined : null));

  test = (device: number): Promise<void> =>
    this.#act(async () => ((await sendTest(device)).problem === null ? words.tested : null));

  remove = (device: number): Promise<void> =>
    this.#act(async () => {
      if (device === this.own?.id) await unsubscribe();
      await removeDevice(device);
      return null;
    });

  async #act(act: () => Promise<string | null>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = null;
    this.done = null;
    this.#host.requestUpdate();
    try {
      this.done = await act();
      this.obstacle = obstacle();
      this.state = await readPush();
      this.own = await ownDevice(this.state.devices);
    } catch (error) {
      this.problem = sentence(error instanceof Error ? error.message : String(error));
    }
    this.isBusy = false;
    this.#host.requestUpdate();
  }
}
