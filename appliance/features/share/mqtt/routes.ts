import { BridgeStatus } from '../../../core/bridge.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';

export function mqttRoutes({ bridge }: Pick<FeatureContext, 'bridge'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/mqtt',
      scope: 'read',
      tag: 'mqtt',
      summary: 'How the connection to the message broker stands',
      response: BridgeStatus,
      handle: () => bridge.status(),
    }),
  ];
}
