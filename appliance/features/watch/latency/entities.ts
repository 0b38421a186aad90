/** What home automation shows of delay, loss and jitter: one row of entities per part of the path. */
import { Type } from 'typebox';
import { toIso } from '../../../core/clock.ts';
import {
  type CommandEntity,
  type EntityTopic,
  type FeatureEntities,
  lineKey,
  lineName,
  rounded,
  type SensorEntity,
} from '../../../core/entities.ts';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family, Segment } from '../../../core/shapes.ts';
import type { RecentWindow, Target } from './schema.ts';
import type { LatencyService } from './service.ts';
import type { LiveWindow } from './window.ts';

/** Every half minute is often for a household's recorder, and a state that changes is told at once. */
const everyMs = 30_000;
const windowSeconds = 60;
/** RFC 3550 §6.4.1. */
const jitterGain = 1 / 16;
const maxPauseMinutes = 24 * 60;

const parts: readonly { segment: Segment; key: string; name: string }[] = [
  { segment: 'gateway', key: 'gateway', name: 'Router' },
  { segment: 'isp', key: 'provider', name: 'Provider' },
  { segment: 'anchor', key: 'internet', name: 'Internet' },
];
const families: readonly { family: Family; key: string; field: string; name: string }[] = [
  { family: 'ipv4', key: '', field: '', name: '' },
  { family: 'ipv6', key: '_ipv6', field: 'Ipv6', name: ' over IPv6' },
];

interface Station {
  window: RecentWindow;
  jitterUs: number;
}

/** Fields of one part in one family; loss without a delay is a fact, not a thing that nobody knows. */
export function stationFacts(key: string, family: string, station: Station | null) {
  const isMeasured = station !== null && station.window.count > 0;
  const { window, jitterUs } = station ?? { window: null, jitterUs: Number.NaN };
  return {
    [`${key}Latency${family}Ms`]: isMeasured ? rounded((window?.p50Us ?? Number.NaN) / 1000, 2) : null,
    [`${key}Loss${family}Percent`]:
      isMeasured && window ? rounded((100 * window.lost) / window.count, 1) : null,
    [`${key}Jitter${family}Ms`]: isMeasured ? rounded(jitterUs / 1000, 2) : null,
  };
}

/** Smoothed difference of successive round-trip times, µs; NaN until two answers came. */
export function jitterOf(rttsUs: Iterable<number>): number {
  let before = Number.NaN;
  let jitterUs = Number.NaN;
  for (const rttUs of rttsUs) {
    if (Number.isNaN(rttUs)) continue;
    const difference = Math.abs(rttUs - before);
    if (!Number.isNaN(difference))
      jitterUs = Number.isNaN(jitterUs) ? difference : jitterUs + (difference - jitterUs) * jitterGain;
    before = rttUs;
  }
  return jitterUs;
}

/** The quickest that answers is the fairest view of its part of the path, as on the dashboard. */
export function quickest<Each extends { window: RecentWindow }>(members: readonly Each[]): Each | null {
  const orLast = ({ window }: Each) => (Number.isNaN(window.p50Us) ? Number.MAX_VALUE : window.p50Us);
  const measured = members.filter(({ window }) => window.count > 0);
  return [...(measured.length > 0 ? measured : members)].sort((a, b) => orLast(a) - orLast(b))[0] ?? null;
}

function sensorsOf(line: string, count: number, isIpv6: boolean): SensorEntity[] {
  return parts.flatMap(({ key, name }) =>
    families
      .filter(({ family }) => isIpv6 || family === 'ipv4')
      .flatMap((family): SensorEntity[] => {
        const shared = {
          component: 'sensor',
          stateClass: 'measurement',
          knownBy: `${key}Loss${family.field}Percent`,
          ...(family.family === 'ipv6' && { isOffAtFirst: true }),
        } as const;
        const named = (what: string) => lineName(`${name} ${what}${family.name}`, line, count);
        return [
          {
            ...shared,
            key: lineKey(`${key}_latency${family.key}`, line),
            name: named('latency'),
            field: `${key}Latency${family.field}Ms`,
            deviceClass: 'duration',
            unit: 'ms',
            decimals: 1,
          },
          {
            ...shared,
            key: lineKey(`${key}_loss${family.key}`, line),
            name: named('packet loss'),
            field: `${key}Loss${family.field}Percent`,
            icon: 'mdi:close-network-outline',
            unit: '%',
            decimals: 0,
          },
          {
            ...shared,
            key: lineKey(`${key}_jitter${family.key}`, line),
            name: named('jitter'),
            field: `${key}Jitter${family.field}Ms`,
            deviceClass: 'duration',
            unit: 'ms',
            decimals: 1,
          },
        ];
      }),
  );
}

function topicOf(context: FeatureContext, service: LatencyService, line: string, count: number): EntityTopic {
  const { clock, config } = context;
  const isIpv6 = config.current.lines.find(({ name }) => name === line)?.ipv6 !== 'off';
  return {
    topic: `line/${line}/latency`,
    entities: sensorsOf(line, count, isIpv6),
    on: ['state.changed'],
    everyMs,
    expires: true,
    read() {
      const fromMonoMs = clock.monoMs() - windowSeconds * 1000;
      const facts = parts.flatMap(({ segment, key }) =>
        families
          .filter(({ family }) => isIpv6 || family === 'ipv4')
          .map(({ family, field }) => {
            const isMember = (target: Target) =>
              target.line === line && target.segment === segment && target.family === family;
            const members = service.targets().filter(isMember);
            const shown = quickest(
              members.flatMap(({ id }) => {
                const window = service.recent(id, windowSeconds);
                return window ? [{ id, window }] : [];
              }),
            );
            const jitterUs = shown ? jitterOf(rttsOf(service.windowOf(shown.id), fromMonoMs)) : Number.NaN;
            return stationFacts(key, field, shown && { window: shown.window, jitterUs });
          }),
      );
      return Object.assign({}, ...facts);
    },
  };
}

function rttsOf(window: LiveWindow | null, fromMonoMs: number): number[] {
  const rtts: number[] = [];
  window?.forEach(fromMonoMs, (_sent, rttUs) => rtts.push(rttUs));
  return rtts;
}

function commandsOf({ config, bus }: FeatureContext, service: LatencyService): CommandEntity[] {
  return [
    {
      component: 'switch',
      key: 'measuring',
      name: 'Measuring',
      icon: 'mdi:access-point-network',
      category: 'config',
      state: { topic: 'probing', field: 'isMeasuring' },
      parameters: Type.Object(
        {
          minutes: Type.Integer({
            minimum: 1,
            maximum: maxPauseMinutes,
            default: 60,
            description: 'A pause ends by itself after these minutes',
          }),
        },
        { additionalProperties: false },
      ),
      run({ value, parameters }) {
        if (value === true) service.resume();
        else service.pause(Number(parameters.minutes) * 60_000);
        return { isMeasuring: value };
      },
    },
    {
      component: 'number',
      key: 'probe_interval',
      name: 'Probe interval',
      icon: 'mdi:timer-outline',
      category: 'config',
      deviceClass: 'duration',
      range: { min: 100, max: 60_000, step: 100, unit: 'ms' },
      state: { topic: 'probing', field: 'intervalMs' },
      async run({ value }) {
        if (!config.editor) throw new AppError('CONFIG_FIXED', 'This configuration cannot be changed');
        await config.editor.set('probing.intervalMs', value);
        bus.emit('probing.changed', { isMeasuring: service.pausedUntilMonoMs === null });
        return { intervalMs: value };
      },
    },
  ];
}

export function latencyEntities(context: FeatureContext, service: LatencyService): FeatureEntities {
  const { config, timeline } = context;
  return {
    topics() {
      const { lines } = config.current;
      return [
        ...lines.map(({ name }) => topicOf(context, service, name, lines.length)),
        {
          topic: 'probing',
          entities: [],
          on: ['probing.changed'],
          everyMs,
          read: () => ({
            isMeasuring: service.pausedUntilMonoMs === null,
            pausedUntil:
              service.pausedUntilMonoMs === null ? null : toIso(timeline.wallMs(service.pausedUntilMonoMs)),
            intervalMs: config.current.probing.intervalMs,
          }),
        },
      ];
    },
    commands: commandsOf(context, service),
  };
}
