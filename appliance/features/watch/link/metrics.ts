import type { Metric } from '../../../core/feature.ts';
import type { LinkService } from './service.ts';

export function linkMetrics(service: LinkService): readonly Metric[] {
  return [
    {
      name: 'link_carrier',
      help: '1 while the interface of the line has a carrier, 0 while it has none',
      type: 'gauge',
      labels: ['line'],
      collect: () =>
        service.list().links.map(({ line, hasCarrier }) => ({ labels: { line }, value: hasCarrier ? 1 : 0 })),
    },
    {
      name: 'wireless_signal_dbm',
      help: 'Strength of the wireless signal; absent on a cable',
      type: 'gauge',
      labels: ['line'],
      collect: () =>
        service.list().links.flatMap(({ line, wireless }) => {
          const signalDbm = wireless?.signalDbm ?? null;
          return signalDbm === null ? [] : [{ labels: { line }, value: signalDbm }];
        }),
    },
    {
      name: 'traffic_bps',
      help: 'Bits per second over the line, by this box alone (own) or by the whole house (router)',
      type: 'gauge',
      labels: ['line', 'source', 'direction'],
      collect: () =>
        service.list().traffic.flatMap(({ line, source, downBps, upBps }) => [
          { labels: { line, source, direction: 'down' }, value: downBps },
          { labels: { line, source, direction: 'up' }, value: upBps },
        ]),
    },
  ];
}
