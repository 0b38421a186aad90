import type { FeatureContext, Metric } from '../../../core/feature.ts';
import type { EngineStatistics } from '../../../core/probing.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { StoreWatch } from './store-watch.ts';

const engineCounters: readonly [keyof EngineStatistics & string, string, string][] = [
  ['sent', 'engine_sent_total', 'Probes sent'],
  ['received', 'engine_received_total', 'Replies received in time'],
  ['timeouts', 'engine_timeouts_total', 'Probes without a reply in time'],
  ['errors', 'engine_errors_total', 'Probes answered by an error or not sendable'],
  ['late', 'engine_late_total', 'Replies after the timeout'],
  ['duplicates', 'engine_duplicates_total', 'Second copies of a reply'],
  ['skipped', 'engine_skipped_total', 'Slots in which nothing was sent'],
  ['overruns', 'engine_overruns_total', 'Results lost because the ring was full'],
  ['strangers', 'engine_strangers_total', 'Packets received that matched no probe'],
];

const storeStates = ['ok', 'degraded', 'failed'] as const;

export function systemMetrics(
  { engine, clock, about }: FeatureContext,
  loopDelay: LoopDelay,
  storeWatch: StoreWatch,
): readonly Metric[] {
  const gauge = (name: string, help: string, read: () => number | null): Metric => ({
    name,
    help,
    type: 'gauge',
    collect() {
      const value = read();
      return value === null ? [] : [{ value }];
    },
  });
  return [
    ...engineCounters.map(
      ([field, name, help]): Metric => ({
        name,
        help,
        type: 'counter',
        collect: () => [{ value: Number(engine.statistics()[field]) }],
      }),
    ),
    {
      name: 'engine_cpu_seconds_total',
      help: 'CPU time of the probe threads',
      type: 'counter',
      collect: () => [{ value: engine.statistics().cpuMs / 1000 }],
    },
    gauge('engine_in_flight', 'Probes waiting for their reply', () => engine.statistics().inFlight),
    gauge(
      'event_loop_delay_p99_seconds',
      'How late the event loop runs, 99th percentile',
      () => loopDelay.p99Ms() / 1000,
    ),
    gauge('process_rss_bytes', 'Resident memory of the service', () => process.memoryUsage.rss()),
    gauge(
      'uptime_seconds',
      'Time since the service started',
      () => (clock.monoMs() - about.startedMonoMs) / 1000,
    ),
    {
      name: 'store_state',
      help: '1 for the state the store is in',
      type: 'gauge',
      labels: ['state'],
      collect: () =>
        storeStates.map((state) => ({
          labels: { state },
          value: storeWatch.latest?.state === state ? 1 : 0,
        })),
    },
    gauge(
      'store_pending_packets',
      'Minutes of measurements that wait to be written',
      () => storeWatch.latest?.pendingPackets ?? null,
    ),
    gauge(
      'store_dropped_packets',
      'Minutes of measurements given up because writing failed for long',
      () => storeWatch.latest?.droppedPackets ?? null,
    ),
    gauge(
      'store_measurement_bytes',
      'Size of measurements.db',
      () => storeWatch.latest?.measurementBytes ?? null,
    ),
    gauge('store_state_bytes', 'Size of state.db', () => storeWatch.latest?.stateBytes ?? null),
  ];
}
