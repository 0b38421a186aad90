import type { FeatureContext, Metric } from '../../../core/feature.ts';
import type { PathService } from './service.ts';

export function pathMetrics({ config }: FeatureContext, service: PathService): readonly Metric[] {
  const labels = ['target', 'line', 'family'] as const;
  const lines = () => config.current.lines.map(({ name }) => name);
  return [
    {
      name: 'path_hops',
      help: 'Hops to an anchor, by the newest trace that reached it',
      type: 'gauge',
      labels,
      collect: () =>
        lines()
          .flatMap((line) => service.latest(line))
          .filter(({ isReached }) => isReached)
          .map(({ target, line, family, hops }) => ({
            labels: { target, line, family },
            value: hops.length,
          })),
    },
    {
      name: 'path_mtu_bytes',
      help: 'Largest IP packet that passes to a router or anchor',
      type: 'gauge',
      labels,
      collect: () =>
        lines()
          .flatMap((line) => service.mtu.checks(line))
          .flatMap(({ target, line, family, mtu }) =>
            mtu === null ? [] : [{ labels: { target, line, family }, value: mtu }],
          ),
    },
  ];
}
