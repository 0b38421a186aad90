import type { FeatureContext, Metric } from '../../../core/feature.ts';

export function mqttMetrics({ bridge }: Pick<FeatureContext, 'bridge'>): readonly Metric[] {
  const status = () => bridge.status();
  return [
    {
      name: 'mqtt_connected',
      help: '1 while the broker is connected, 0 while it is not; absent while none is configured',
      type: 'gauge',
      collect: () => {
        const { state } = status();
        return state === 'off' ? [] : [{ value: state === 'connected' ? 1 : 0 }];
      },
    },
    {
      name: 'mqtt_topics_waiting',
      help: 'Topics whose newest value the broker does not have yet',
      type: 'gauge',
      collect: () => [{ value: status().waiting }],
    },
    {
      name: 'mqtt_connections_total',
      help: 'Connections to the broker since the configuration last changed',
      type: 'counter',
      collect: () => [{ value: status().connections }],
    },
    {
      name: 'mqtt_published_total',
      help: 'Messages that the broker took since the configuration last changed',
      type: 'counter',
      collect: () => [{ value: status().published }],
    },
    {
      name: 'mqtt_commands_total',
      help: 'Commands that came over the broker',
      type: 'counter',
      labels: ['outcome'],
      collect: () => {
        const { accepted, refused } = status().commands;
        return [
          { labels: { outcome: 'accepted' }, value: accepted },
          { labels: { outcome: 'refused' }, value: refused },
        ];
      },
    },
  ];
}
