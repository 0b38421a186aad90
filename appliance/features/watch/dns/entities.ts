/** What home automation shows of name resolution. */
import { type FeatureEntities, rounded, type SensorEntity } from '../../../core/entities.ts';
import type { NameServerState } from './schema.ts';

const everyMs = 60_000;

const sensors: readonly SensorEntity[] = [
  {
    component: 'sensor',
    key: 'dns_time',
    name: 'Name lookup time',
    field: 'lookupMs',
    knownBy: 'failedPercent',
    icon: 'mdi:dns-outline',
    deviceClass: 'duration',
    unit: 'ms',
    stateClass: 'measurement',
    decimals: 1,
  },
  {
    component: 'sensor',
    key: 'dns_failed',
    name: 'Name lookups failed',
    field: 'failedPercent',
    icon: 'mdi:dns-outline',
    unit: '%',
    stateClass: 'measurement',
    decimals: 0,
  },
];

/** Of the servers that the house uses; those that are asked to compare with are nobody's everyday. */
export function nameFacts(servers: readonly NameServerState[]) {
  const used = servers.filter(({ role, count }) => role !== 'control' && count > 0);
  const count = used.reduce((sum, server) => sum + server.count, 0);
  const failed = used.reduce((sum, server) => sum + server.failed, 0);
  const times = used.flatMap(({ p50Ms }) => p50Ms ?? []).sort((a, b) => a - b);
  return {
    lookupMs: rounded(times[0], 2),
    failedPercent: count === 0 ? null : rounded((100 * failed) / count, 1),
    servers: Object.fromEntries(used.map(({ id, last }) => [id, last?.outcome ?? null])),
  };
}

export function dnsEntities(states: () => readonly NameServerState[]): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'dns',
        entities: sensors.map((sensor) => ({ ...sensor, attributes: 'servers' })),
        on: ['names.changed'],
        everyMs,
        expires: true,
        read: () => nameFacts(states()),
      },
    ],
  };
}
