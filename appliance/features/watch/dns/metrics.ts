import type { Metric } from '../../../core/feature.ts';
import type { NameServer } from './schema.ts';
import type { DnsService } from './service.ts';

const labels = ['server', 'line', 'role'] as const;
const labelsOf = ({ id, line, role }: NameServer) => ({ server: id, line, role });

/** What Prometheus scrapes; durations in seconds, as its conventions ask. */
export function dnsMetrics(service: DnsService): readonly Metric[] {
  return [
    {
      name: 'dns_answer_seconds',
      help: 'Median time to an answer of a name server over the last minutes',
      type: 'gauge',
      labels,
      collect: () =>
        service
          .states()
          .flatMap((state) =>
            state.p50Ms === null
              ? []
              : [{ labels: labelsOf(state), value: Math.round(state.p50Ms * 1000) / 1e6 }],
          ),
    },
    {
      name: 'dns_failed_total',
      help: 'Questions to a name server that failed since the service started, by outcome',
      type: 'counter',
      labels: [...labels, 'outcome'],
      collect: () =>
        service.failedTotals().map(({ server, outcome, count }) => ({
          labels: { ...labelsOf(server), outcome },
          value: count,
        })),
    },
  ];
}
