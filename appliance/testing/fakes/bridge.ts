import type { BridgePort, BridgeStatus } from '../../core/bridge.ts';

const off: BridgeStatus = {
  state: 'off',
  sentence: 'No broker is configured.',
  broker: null,
  isEncrypted: false,
  serial: null,
  baseTopic: null,
  since: null,
  problem: null,
  warnings: [],
  topics: 0,
  waiting: 0,
  entities: 0,
  discoveryBytes: 0,
  connections: 0,
  published: 0,
  eventsLost: 0,
  commands: { isOn: false, accepted: 0, refused: 0 },
  ownBroker: null,
};

/** A bridge that stands as the test says. */
export class FakeBridge implements BridgePort {
  readonly #listeners = new Set<() => void>();
  #status = off;

  status(): BridgeStatus {
    return this.#status;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(change: Partial<BridgeStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener();
  }
}
