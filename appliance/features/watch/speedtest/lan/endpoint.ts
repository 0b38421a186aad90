/** The other end for devices of the house: one of them at a time, and never while the Internet is tested. */
import { AppError } from '../../../../core/errors.ts';
import type { Caller } from '../../../../core/feature.ts';
import { Nearness } from './near.ts';

/** Connections of one test. */
const maxConnections = 16;

export interface Visitor {
  address: string;
  caller: Caller;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface LanEndpointOptions {
  isOn(): boolean;
  /** The Internet is being tested now: both would spoil each other. */
  isTesting(): boolean;
}

export class LanEndpoint {
  readonly #options: LanEndpointOptions;
  readonly nearness = new Nearness();
  #address: string | null = null;
  #connections = 0;

  constructor(options: LanEndpointOptions) {
    this.#options = options;
  }

  /** Somebody measures his way to this box now. */
  get isServing(): boolean {
    return this.#connections > 0;
  }

  /** Throws an AppError for whoever may not ask at all; what costs nothing is answered without `enter`. */
  insist({ address, caller, headers }: Visitor): void {
    if (!this.#options.isOn()) {
      throw new AppError('SPEEDTEST_OFF', 'Devices may not test here: speedtest.lanEndpoint is off', {
        status: 403,
      });
    }
    // From outside only with a key or a session that may start tests.
    if (caller.scopes.includes('run') || this.nearness.includes(address, headers)) return;
    throw new AppError('SPEEDTEST_OUTSIDE', 'Only devices of the own network may test against this box', {
      status: 403,
    });
  }

  /** Lets one connection in; the returned function, which may be called twice, lets it out. Throws an AppError. */
  enter(visitor: Visitor): () => void {
    this.insist(visitor);
    const busy = (why: string) =>
      new AppError('SPEEDTEST_BUSY', why, { status: 503, details: { retryAfterSeconds: 15 } });
    if (this.#options.isTesting()) throw busy('The Internet is being tested now; try again in a few seconds');
    if (this.#connections > 0 && this.#address !== visitor.address)
      throw busy('Another device is testing now; try again in a few seconds');
    if (this.#connections >= maxConnections)
      throw busy(`A test has at most ${maxConnections} connections at once`);
    this.#address = visitor.address;
    this.#connections += 1;
    let isIn = true;
    return () => {
      if (isIn) this.#connections -= 1;
      isIn = false;
    };
  }
}
