/** What home automation shows of the box itself. */

import { toIso } from '../../../core/clock.ts';
import { type FeatureEntities, rounded, type SensorEntity } from '../../../core/entities.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { StoreHealth } from '../../../core/storing.ts';
import { type HostFacts, readDisk } from './host-facts.ts';
import type { SystemFacts } from './schema.ts';

const everyMs = 60_000;

const measured = { component: 'sensor', stateClass: 'measurement', category: 'diagnostic' } as const;
const sensors: readonly SensorEntity[] = [
  {
    ...measured,
    key: 'cpu_temperature',
    name: 'CPU temperature',
    field: 'temperatureCelsius',
    deviceClass: 'temperature',
    unit: '°C',
    decimals: 0,
  },
  {
    ...measured,
    key: 'disk_used',
    name: 'Disk used',
    field: 'diskUsedPercent',
    icon: 'mdi:harddisk',
    unit: '%',
    decimals: 0,
  },
  {
    ...measured,
    key: 'memory_used',
    name: 'Memory used',
    field: 'memoryUsedPercent',
    icon: 'mdi:memory',
    unit: '%',
    decimals: 0,
  },
  {
    ...measured,
    key: 'load',
    name: 'Load',
    field: 'load1',
    icon: 'mdi:gauge',
    decimals: 1,
    isOffAtFirst: true,
  },
];

export function boxFacts(input: {
  host: Pick<SystemFacts['host'], 'temperatureCelsius' | 'memoryBytes' | 'memoryAvailableBytes' | 'load1'>;
  disk: Pick<SystemFacts['disk'], 'totalBytes' | 'freeBytes'>;
  store: StoreHealth['state'];
  isClockKnown: boolean;
  startedAt: string;
  version: string;
}) {
  const { host, disk, store, isClockKnown, startedAt, version } = input;
  const used = (total: number, free: number) =>
    total > 0 ? rounded((100 * (total - free)) / total, 0) : null;
  return {
    temperatureCelsius: rounded(host.temperatureCelsius, 0),
    diskUsedPercent: used(disk.totalBytes, disk.freeBytes),
    memoryUsedPercent: used(host.memoryBytes, host.memoryAvailableBytes),
    load1: rounded(host.load1, 1),
    isClockUnknown: !isClockKnown,
    hasStoreProblem: store !== 'ok',
    startedAt: isClockKnown ? startedAt : null,
    version,
  };
}

export function systemEntities({ about, timeline, store }: FeatureContext, host: HostFacts): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'box',
        entities: [
          ...sensors,
          {
            component: 'binary_sensor',
            key: 'clock_unknown',
            name: 'Clock',
            field: 'isClockUnknown',
            deviceClass: 'problem',
            category: 'diagnostic',
          },
          {
            component: 'binary_sensor',
            key: 'storage_problem',
            name: 'Storage',
            field: 'hasStoreProblem',
            deviceClass: 'problem',
            category: 'diagnostic',
          },
          {
            component: 'sensor',
            key: 'started',
            name: 'Running since',
            field: 'startedAt',
            deviceClass: 'timestamp',
            category: 'diagnostic',
          },
          {
            component: 'sensor',
            key: 'version',
            name: 'Version',
            field: 'version',
            icon: 'mdi:package-variant',
            category: 'diagnostic',
          },
        ],
        on: [],
        everyMs,
        expires: true,
        async read() {
          const [hostNow, disk, { state }] = await Promise.all([
            host.read(),
            readDisk(about.dataFolder),
            store.health(),
          ]);
          return boxFacts({
            host: hostNow,
            disk,
            store: state,
            isClockKnown: timeline.anchor.isKnown,
            // To the minute: a clock that is corrected by a millisecond has not started the service anew.
            startedAt: toIso(Math.round(timeline.wallMs(about.startedMonoMs) / 60_000) * 60_000),
            version: about.version,
          });
        },
      },
    ],
  };
}
