import { type Static, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';

const nullable = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const SystemFacts = Type.Object(
  {
    at: IsoTime,
    host: Type.Object({
      name: Type.String(),
      model: nullableText('Board or machine, as it names itself'),
      architecture: Type.String(),
      system: Type.String({ description: 'Distribution' }),
      kernel: Type.String(),
      uptimeSeconds: Type.Number(),
      cpus: Type.Integer(),
      load1: Type.Number({ description: 'Load average of one minute' }),
      memoryBytes: Type.Number(),
      memoryAvailableBytes: Type.Number(),
      temperatureCelsius: nullable('Hottest CPU sensor; null where there is none'),
    }),
    disk: Type.Object({
      folder: Type.String({ description: 'The data folder' }),
      totalBytes: Type.Number(),
      freeBytes: Type.Number({ description: 'Free for the service' }),
    }),
    versions: Type.Object({ ist: Type.String(), node: Type.String(), openssl: Type.String() }),
    process: Type.Object({
      pid: Type.Integer(),
      uptimeSeconds: Type.Number(),
      rssBytes: Type.Number(),
      heapBytes: Type.Number(),
      cpuSeconds: Type.Number({ description: 'User and system time since the start, all threads' }),
      eventLoopDelayP99Ms: Type.Number({ description: 'Over the last ten minutes at most' }),
    }),
    engine: Type.Object({
      icmp: Type.Union([Type.Literal('raw'), Type.Literal('socket'), Type.Literal('none')]),
      isRealtime: Type.Boolean(),
      targets: Type.Integer(),
      sent: Type.Number(),
      received: Type.Number(),
      timeouts: Type.Number(),
      errors: Type.Number(),
      late: Type.Number(),
      duplicates: Type.Number(),
      skipped: Type.Number(),
      inFlight: Type.Number(),
      overruns: Type.Number(),
      strangers: Type.Number(),
      cpuMs: Type.Number(),
    }),
    store: Type.Object({
      state: Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('failed')]),
      message: nullableText('What is wrong and where'),
      wasUnclean: Type.Boolean({ description: 'The previous run did not stop cleanly' }),
      recovered: Type.Array(Type.String(), { description: 'What recovery did at this start' }),
      lastCommitAt: Type.Union([IsoTime, Type.Null()]),
      pendingPackets: Type.Integer(),
      droppedPackets: Type.Integer(),
      measurementBytes: Type.Number(),
      stateBytes: Type.Number(),
    }),
  },
  { $id: 'SystemFacts', additionalProperties: false },
);
export type SystemFacts = Static<typeof SystemFacts>;

export const LogEntry = Type.Object(
  {
    seq: Type.Integer({ description: 'Counts up; ask for what is after it' }),
    at: nullableText('ISO 8601 UTC'),
    level: Type.String({ description: 'debug, info, warn, error or fatal' }),
    part: Type.String({ description: 'Part of the service or feature that speaks; may be empty' }),
    message: Type.String(),
    fields: Type.Record(Type.String(), Type.Unknown(), { description: 'The facts of the line' }),
  },
  { $id: 'LogEntry', additionalProperties: false },
);
export type LogEntry = Static<typeof LogEntry>;

export const LogEntries = Type.Object(
  { lines: Type.Array(LogEntry) },
  { $id: 'LogEntries', additionalProperties: false },
);
export type LogEntries = Static<typeof LogEntries>;

export const Finding = Type.Object(
  {
    id: Type.String({ description: 'Stable name of the question' }),
    title: Type.String({ description: 'What was looked at' }),
    state: Type.Union([
      Type.Literal('ok'),
      Type.Literal('advice'),
      Type.Literal('wrong'),
      Type.Literal('unknown'),
    ]),
    found: Type.String({ description: 'What was found, in words' }),
    fix: nullableText('What to do about it'),
  },
  { $id: 'Finding', additionalProperties: false },
);
export type Finding = Static<typeof Finding>;

export const DoctorReport = Type.Object(
  { at: IsoTime, isHealthy: Type.Boolean(), findings: Type.Array(Finding) },
  { $id: 'DoctorReport', additionalProperties: false },
);
export type DoctorReport = Static<typeof DoctorReport>;
