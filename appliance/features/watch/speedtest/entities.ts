/** What home automation shows of speed tests, and how it asks for one. */
import { Type } from 'typebox';
import type { EventMessage, FeatureEntities, SensorEntity } from '../../../core/entities.ts';
import { rounded } from '../../../core/entities.ts';
import { Grade, SpeedOutcome, type SpeedTest } from './schema.ts';

const everyMs = 10 * 60_000;

/** What the entities need of the feature; its service has it. */
export interface SpeedtestFacts {
  /** The newest that measured something, and the newest of all; null before the first. */
  newest(): Promise<{ measured: SpeedTest | null; last: SpeedTest | null }>;
  /** On the wire, both ways, all lines. */
  bytesThisMonth(): Promise<number>;
  run(request: { line?: string }, signal: AbortSignal): Promise<SpeedTest>;
}

/** A test that failed, was skipped or was aborted leaves the last numbers that were measured as they are. */
export function speedFacts(measured: SpeedTest | null, last: SpeedTest | null, bytesThisMonth: number) {
  return {
    downloadMbps: rounded(measured?.downloadMbps, 1),
    uploadMbps: rounded(measured?.uploadMbps, 1),
    idleMs: rounded(measured?.idleMs, 1),
    loadedDownMs: rounded(measured?.loadedDownMs, 1),
    loadedUpMs: rounded(measured?.loadedUpMs, 1),
    grade: measured?.grade ?? null,
    rpm: measured?.rpm ?? null,
    measuredAt: measured?.at ?? null,
    server: measured?.server ?? null,
    outcome: last?.outcome ?? null,
    lastAt: last?.at ?? null,
    usedGb: rounded(bytesThisMonth / 1e9, 3),
    isRead: true,
    about: last && { engine: last.engine, server: last.server, flags: last.flags, line: last.line },
  };
}

export function speedMessage(test: SpeedTest): EventMessage {
  const { id, at, line, engine, server, outcome, downloadMbps, uploadMbps, grade, rpm, bytes } = test;
  return {
    type: outcome === 'ok' ? 'finished' : 'failed',
    facts: { id, at, line, engine, server, outcome, downloadMbps, uploadMbps, grade, rpm, bytes },
  };
}

const measured = { component: 'sensor', stateClass: 'measurement', knownBy: 'measuredAt' } as const;
const rate = { ...measured, deviceClass: 'data_rate', unit: 'Mbit/s', decimals: 1 } as const;
const delay = { ...measured, deviceClass: 'duration', unit: 'ms', decimals: 0 } as const;

const sensors: readonly SensorEntity[] = [
  { ...rate, key: 'download', name: 'Download', field: 'downloadMbps', icon: 'mdi:download-network' },
  { ...rate, key: 'upload', name: 'Upload', field: 'uploadMbps', icon: 'mdi:upload-network' },
  { ...delay, key: 'idle_latency', name: 'Idle latency', field: 'idleMs' },
  { ...delay, key: 'download_latency', name: 'Latency while downloading', field: 'loadedDownMs' },
  { ...delay, key: 'upload_latency', name: 'Latency while uploading', field: 'loadedUpMs' },
  {
    ...measured,
    key: 'responsiveness',
    name: 'Responsiveness',
    field: 'rpm',
    icon: 'mdi:reload',
    unit: 'RPM',
  },
  {
    component: 'sensor',
    key: 'grade',
    name: 'Grade under load',
    field: 'grade',
    knownBy: 'measuredAt',
    icon: 'mdi:school-outline',
    deviceClass: 'enum',
    options: Grade.anyOf.map((one) => one.const),
  },
  {
    component: 'sensor',
    key: 'last_speed_test',
    name: 'Last speed test',
    field: 'lastAt',
    knownBy: 'isRead',
    attributes: 'about',
    deviceClass: 'timestamp',
  },
  {
    component: 'sensor',
    key: 'speed_test_outcome',
    name: 'Last speed test outcome',
    field: 'outcome',
    knownBy: 'isRead',
    icon: 'mdi:speedometer',
    deviceClass: 'enum',
    options: SpeedOutcome.anyOf.map((one) => one.const),
  },
  {
    component: 'sensor',
    key: 'data_used',
    name: 'Data used by tests this month',
    field: 'usedGb',
    deviceClass: 'data_size',
    unit: 'GB',
    stateClass: 'total_increasing',
    decimals: 1,
  },
];

export function speedtestEntities(service: SpeedtestFacts): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'speedtest',
        entities: sensors,
        on: ['speedtest.finished'],
        everyMs,
        async read() {
          const [{ measured, last }, bytes] = await Promise.all([service.newest(), service.bytesThisMonth()]);
          return speedFacts(measured, last, bytes);
        },
      },
    ],
    events: [
      {
        component: 'event',
        key: 'speed_test',
        name: 'Speed test',
        icon: 'mdi:speedometer',
        types: ['finished', 'failed'],
        follow: (bus, tell) => bus.on('speedtest.finished', (test) => tell(speedMessage(test))),
      },
    ],
    commands: [
      {
        component: 'button',
        key: 'run_speed_test',
        name: 'Run speed test',
        icon: 'mdi:speedometer',
        parameters: Type.Object(
          { line: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })) },
          { additionalProperties: false },
        ),
        async run({ parameters: { line } }, signal) {
          const test = await service.run(typeof line === 'string' ? { line } : {}, signal);
          return speedMessage(test).facts;
        },
      },
    ],
  };
}
