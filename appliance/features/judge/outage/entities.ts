/** What home automation shows of outages: now, the last one, today, and each as it begins and ends. */
import type { EventMessage, FeatureEntities, SensorEntity, StateEntity } from '../../../core/entities.ts';
import { rounded } from '../../../core/entities.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { Verdict } from '../../../core/shapes.ts';
import { nextLocalTime } from '../../../core/zone-time.ts';
import type { Outage, OutagePort, Uptime } from './schema.ts';

const everyMs = 60_000;
const dayMs = 86_400_000;
const lookBackMs = 30 * dayMs;
const maxText = 255;

const verdicts = Verdict.anyOf.map((one) => one.const);

interface OutageNews {
  /** Of the last weeks, newest first. */
  outages: readonly Outage[];
  dayStartMs: number;
  today: Uptime;
  day: Uptime;
  month: Uptime;
}

const about = ({ id, kind, line, symptom, verdict, confidence, startedAt, endedAt, text }: Outage) => ({
  id,
  kind,
  line,
  symptom,
  verdict,
  confidence,
  startedAt,
  endedAt,
  text: text.slice(0, maxText),
});

/** A period that was not observed at all has no uptime: that is not known, and no 0 %. */
export function outageFacts({ outages, dayStartMs, today, day, month }: OutageNews) {
  const real = outages.filter(({ kind }) => kind === 'outage');
  const open = outages.filter(({ endedAt }) => endedAt === null);
  const now = open.find(({ kind }) => kind === 'outage') ?? null;
  const last = real.find(({ endedAt }) => endedAt !== null) ?? null;
  const share = ({ ratio }: Uptime) => rounded(ratio === null ? null : ratio * 100, 3);
  return {
    isOutage: now !== null,
    isDegraded: open.some(({ kind }) => kind === 'degradation'),
    now: now && about(now),
    lastStartedAt: last?.startedAt ?? null,
    lastSeconds: last === null ? null : Math.round(last.durationSeconds),
    lastVerdict: last?.verdict ?? null,
    last: last && about(last),
    outagesToday: real.filter(({ startedAt }) => Date.parse(startedAt) >= dayStartMs).length,
    downSecondsToday: Math.round(today.downSeconds),
    uptimeDayPercent: share(day),
    uptimeMonthPercent: share(month),
    isRead: true,
  };
}

export function outageMessage(type: 'opened' | 'closed', outage: Outage): EventMessage {
  const { durationSeconds, severity, endedBy, family } = outage;
  return { type, facts: { ...about(outage), family, durationSeconds, severity, endedBy } };
}

/** The midnight before `nowMs` in the zone of the site; a day has 23 to 25 hours. */
export function startOfDay(nowMs: number, timezone: string): number {
  const first = nextLocalTime(nowMs - 1.1 * dayMs, '00:00', timezone);
  const second = nextLocalTime(first, '00:00', timezone);
  return second <= nowMs ? second : first;
}

const share = (key: string, name: string, field: string): SensorEntity => ({
  component: 'sensor',
  key,
  name,
  field,
  icon: 'mdi:check-network-outline',
  unit: '%',
  stateClass: 'measurement',
  decimals: 2,
});

const entities: readonly StateEntity[] = [
  {
    component: 'binary_sensor',
    key: 'outage_now',
    name: 'Outage',
    field: 'isOutage',
    attributes: 'now',
    deviceClass: 'problem',
  },
  {
    component: 'binary_sensor',
    key: 'degraded_now',
    name: 'Degraded',
    field: 'isDegraded',
    deviceClass: 'problem',
  },
  {
    component: 'sensor',
    key: 'last_outage',
    name: 'Last outage',
    field: 'lastStartedAt',
    knownBy: 'isRead',
    attributes: 'last',
    deviceClass: 'timestamp',
  },
  {
    component: 'sensor',
    key: 'last_outage_duration',
    name: 'Last outage duration',
    field: 'lastSeconds',
    knownBy: 'isRead',
    deviceClass: 'duration',
    unit: 's',
  },
  {
    component: 'sensor',
    key: 'last_outage_verdict',
    name: 'Last outage verdict',
    field: 'lastVerdict',
    knownBy: 'isRead',
    icon: 'mdi:gavel',
    deviceClass: 'enum',
    options: verdicts,
  },
  {
    component: 'sensor',
    key: 'outages_today',
    name: 'Outages today',
    field: 'outagesToday',
    icon: 'mdi:counter',
    stateClass: 'total_increasing',
  },
  {
    component: 'sensor',
    key: 'outage_seconds_today',
    name: 'Outage time today',
    field: 'downSecondsToday',
    deviceClass: 'duration',
    unit: 's',
    stateClass: 'total_increasing',
  },
  share('uptime_day', 'Uptime of 24 hours', 'uptimeDayPercent'),
  share('uptime_month', 'Uptime of 30 days', 'uptimeMonthPercent'),
];

export function outageEntities({ config, timeline }: FeatureContext, port: OutagePort): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'outage',
        entities,
        on: ['outage.opened', 'outage.updated', 'outage.closed', 'gap.recorded'],
        everyMs,
        async read() {
          const nowMs = timeline.nowMs();
          const dayStartMs = startOfDay(nowMs, config.current.site.timezone);
          const [outages, today, day, month] = await Promise.all([
            port.between(nowMs - lookBackMs, nowMs + 1, 200),
            port.uptime(dayStartMs, nowMs),
            port.uptime(nowMs - dayMs, nowMs),
            port.uptime(nowMs - lookBackMs, nowMs),
          ]);
          return outageFacts({ outages, dayStartMs, today, day, month });
        },
      },
    ],
    events: [
      {
        component: 'event',
        key: 'outage',
        name: 'Outage report',
        icon: 'mdi:lan-disconnect',
        types: ['opened', 'closed'],
        follow(bus, tell) {
          const undo = [
            bus.on('outage.opened', (outage) => tell(outageMessage('opened', outage))),
            bus.on('outage.closed', (outage) => tell(outageMessage('closed', outage))),
          ];
          return () => {
            for (const each of undo) each();
          };
        },
      },
    ],
  };
}
