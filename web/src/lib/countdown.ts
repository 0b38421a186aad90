import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Counts the seconds down that the appliance asks to wait; redraws its host each time. */
export class Countdown implements ReactiveController {
  left = 0;
  readonly #host: ReactiveControllerHost;
  #untilMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  start(seconds: number): void {
    clearInterval(this.#timer);
    this.#untilMs = performance.now() + seconds * 1000;
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }

  /** From the moment it ends, not by counting ticks: a sleeping phone makes none. */
  #tick(): void {
    this.left = Math.max(0, Math.ceil((this.#untilMs - performance.now()) / 1000));
    if (this.left === 0) clearInterval(this.#timer);
    this.#host.requestUpdate();
  }
}
