import type { Metric } from '../../../core/feature.ts';
import type { LatencyService } from './service.ts';

const windowSeconds = 60;

/** What Prometheus scrapes; durations in seconds, as its conventions ask. */
export function latencyMetrics(service: LatencyService): readonly Metric[] {
  const labels = ['target', 'segment', 'line', 'family'] as const;
  const each = (value: (id: string) => number) => () =>
    service.targets().flatMap((target) => {
      const number = value(target.id);
      if (Number.isNaN(number)) return [];
      return [
        {
          labels: { target: target.id, segment: target.segment, line: target.line, family: target.family },
          value: number,
        },
      ];
    });
  return [
    {
      name: 'rtt_seconds',
      help: 'Median round-trip time of the last minute',
      type: 'gauge',
      labels,
      collect: each((id) => (service.recent(id, windowSeconds)?.p50Us ?? Number.NaN) / 1e6),
    },
    {
      name: 'loss_ratio',
      help: 'Share of the exchanges of the last minute that were lost',
      type: 'gauge',
      labels,
      collect: each((id) => {
        const recent = service.recent(id, windowSeconds);
        return recent ? recent.lost / recent.count : Number.NaN;
      }),
    },
    {
      name: 'exchanges_total',
      help: 'Exchanges made since the service started',
      type: 'counter',
      labels,
      collect: each((id) => service.totals(id)?.count ?? Number.NaN),
    },
    {
      name: 'exchanges_lost_total',
      help: 'Exchanges lost since the service started',
      type: 'counter',
      labels,
      collect: each((id) => service.totals(id)?.lost ?? Number.NaN),
    },
  ];
}
