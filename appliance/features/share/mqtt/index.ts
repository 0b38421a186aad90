import type { Feature } from '../../../core/feature.ts';
import { MqttConfig } from './config.ts';
import { mqttMetrics } from './metrics.ts';
import { mqttRoutes } from './routes.ts';
import { mqttServices } from './services.ts';

/** The household's message broker as the owner sees it: its configuration, its switch and how it stands. */
export const mqtt: Feature = {
  name: 'mqtt',
  group: 'share',
  config: { mqtt: MqttConfig },
  services: mqttServices,
  setup(context) {
    const { bridge, bus } = context;
    const state = context.port('state');
    let undo: () => void = () => undefined;
    const tell = () => {
      const { state: now, sentence } = bridge.status();
      state.note('MQTT', now === 'off' ? null : { isWell: now === 'connected', text: sentence });
      bus.emit('mqtt.changed', { state: now, sentence });
    };
    return {
      start() {
        undo = bridge.onChange(tell);
      },
      stop: () => undo(),
      routes: mqttRoutes(context),
      metrics: mqttMetrics(context),
      streams: ['mqtt.changed'],
    };
  },
};
