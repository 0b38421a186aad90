import type { BridgeStatus } from '../../../core/bridge.ts';

export type { BridgeStatus } from '../../../core/bridge.ts';

declare module '../../../core/bus.ts' {
  interface EventMap {
    /** Connected to the broker, gone, or another problem. */
    'mqtt.changed': Pick<BridgeStatus, 'state' | 'sentence'>;
  }
}
