/** What was measured, how, when and with what: for every figure of a speed test. Plain functions. */
import type {
  DelayFigures,
  DirectionResult,
  SpeedDetails,
  SpeedTest,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { bytes, count, duration, rtt, share, time } from './format.ts';
import { rate } from './speed-format.ts';
import { speedWords } from './words/speed.ts';
import { methodWords as words } from './words/speed-method.ts';

export type FigureName = keyof typeof words.names;
export type Fact = readonly [name: string, value: string];

export interface Method {
  how: string;
  facts: readonly Fact[];
}

interface Figure {
  how: keyof typeof words.how;
  way: 'down' | 'up' | null;
  /** As people read it; null where it was not measured. */
  value: (test: SpeedTest, direction: DirectionResult | null) => string | null;
}

const figure = (how: Figure['how'], way: Figure['way'], value: Figure['value']): Figure => ({
  how,
  way,
  value,
});
const orNull = <Value>(value: Value | null | undefined, show: (value: Value) => string): string | null =>
  value === null || value === undefined ? null : show(value);
const seconds = (ms: number) => (ms < 1000 ? rtt(ms) : `${(ms / 1000).toFixed(1)}\u00a0s`);

function directional(down: FigureName, up: FigureName, how: Figure['how'], value: Figure['value']) {
  return { [down]: figure(how, 'down', value), [up]: figure(how, 'up', value) };
}

/** Every figure in the order of the table. */
const figures: Readonly<Partial<Record<FigureName, Figure>>> = {
  download: figure('capacity', 'down', (test) => orNull(test.downloadMbps, rate)),
  upload: figure('capacity', 'up', (test) => orNull(test.uploadMbps, rate)),
  idle: figure('idle', null, (test) => orNull(test.idleMs, rtt)),
  loadedDown: figure('loaded', 'down', (test) => orNull(test.loadedDownMs, rtt)),
  loadedUp: figure('loaded', 'up', (test) => orNull(test.loadedUpMs, rtt)),
  grade: figure('grade', null, (test) => test.grade),
  rpm: figure('rpm', null, (test) => orNull(test.rpm, speedRpm)),
  bytes: figure('bytes', null, (test) => bytes(test.bytes)),
  ...directional('sustainedDown', 'sustainedUp', 'sustained', (_, way) => orNull(way?.sustainedMbps, rate)),
  ...directional('burstDown', 'burstUp', 'burst', (_, way) =>
    orNull(way?.burstRatio, (ratio) => `× ${ratio.toFixed(2)}`),
  ),
  ...directional('singleDown', 'singleUp', 'single', (_, way) => orNull(way?.singleStreamMbps, rate)),
  ...directional('lineDown', 'lineUp', 'line', (_, way) => orNull(way?.lineMbps, rate)),
  ...directional('meanDown', 'meanUp', 'mean', (_, way) => orNull(way?.meanMbps, rate)),
  ...directional('lossDown', 'lossUp', 'loss', (_, way) => orNull(way?.lossRatio, share)),
  ...directional('recoveryDown', 'recoveryUp', 'recovery', (_, way) => orNull(way?.recoveryMs, seconds)),
  bothDown: figure('both', 'down', (test) => orNull(test.details?.both?.downMbps, rate)),
  bothUp: figure('both', 'up', (test) => orNull(test.details?.both?.upMbps, rate)),
};

function speedRpm(rpm: number): string {
  return speedWords.result.rpmUnit(count(rpm));
}

function directionOf(test: SpeedTest, way: Figure['way']): DirectionResult | null {
  return way === null ? null : (test.details?.[way] ?? null);
}

/** The figures that a test has, with their values. */
export function figuresOf(test: SpeedTest): { name: FigureName; value: string }[] {
  return Object.entries(figures).flatMap(([key, one]) => {
    const value = one.value(test, directionOf(test, one.way));
    return value === null ? [] : [{ name: key as FigureName /* the keys of the table above */, value }];
  });
}

/** How a figure came about. Without details, what the list tells of the test. */
export function methodOf(name: FigureName, test: SpeedTest): Method {
  const own = figures[name];
  const direction = directionOf(test, own?.way ?? null);
  return {
    how: words.how[howOf(own?.how ?? 'capacity', direction)],
    facts: [...specificFacts(name, test, direction), ...commonFacts(test)],
  };
}

function howOf(how: Figure['how'], direction: DirectionResult | null): Figure['how'] {
  if (how !== 'capacity' || !direction || direction.stop === 'steady') return how;
  return direction.stop === 'estimate' ? 'capacityEstimate' : 'capacityTime';
}

function specificFacts(name: FigureName, test: SpeedTest, direction: DirectionResult | null): Fact[] {
  const { facts } = words;
  const details = test.details;
  switch (name) {
    case 'idle':
      return [
        ...delayFacts(details?.idle?.icmp, facts.pings),
        ...delayFacts(details?.idle?.tcp, facts.connections),
      ];
    case 'loadedDown':
    case 'loadedUp':
      return direction
        ? [
            ...known(facts.added, orNull(direction.addedMs, rtt)),
            ...delayFacts(direction.icmp, facts.pings),
            ...delayFacts(direction.tcp, facts.connections),
            ...loadFacts(direction),
          ]
        : [];
    case 'grade':
      return [
        ...known(facts.gradeDown, gradeFact(details?.down)),
        ...known(facts.gradeUp, gradeFact(details?.up)),
        ...known(
          facts.control,
          [...new Set([details?.down, details?.up].flatMap((one) => one?.congestionControl ?? []))].join(
            ', ',
          ) || null,
        ),
      ];
    case 'rpm':
      return known(facts.pingRpm, orNull(details?.responsiveness?.icmpRpm, speedRpm));
    default:
      return direction ? loadFacts(direction) : [];
  }
}

function gradeFact(direction: DirectionResult | null | undefined): string | null {
  if (!direction?.grade) return null;
  return direction.addedMs === null ? direction.grade : `${direction.grade} (+ ${rtt(direction.addedMs)})`;
}

function loadFacts(direction: DirectionResult): Fact[] {
  const { facts } = words;
  return [
    ...known(
      facts.error,
      orNull(direction.capacityErrorMbps, (error) => facts.plusMinus(rate(error))),
    ),
    [facts.counted, facts.countedBy[direction.countedBy]],
    [facts.streams, count(direction.streams)],
    [facts.control, direction.congestionControl ?? facts.unsaid],
    [facts.stop, facts.stops[direction.stop]],
    [facts.stoodAfter, seconds(direction.stoppedAtMs)],
    [facts.load, seconds(direction.seconds * 1000)],
    [facts.payload, bytes(direction.bytes)],
    ...known(facts.wire, orNull(direction.wireBytes, bytes)),
    ...known(
      facts.retransmits,
      orNull(direction.retransmits, (sent) => facts.segments(count(sent))),
    ),
  ];
}

function delayFacts(delay: DelayFigures | null | undefined, name: string): Fact[] {
  if (!delay) return [];
  const { p50Ms, p95Ms, maxMs } = delay;
  return [
    [name, words.facts.delay(rtt(p50Ms), rtt(p95Ms), rtt(maxMs), count(delay.count), count(delay.lost))],
  ];
}

function commonFacts(test: SpeedTest): Fact[] {
  const { facts } = words;
  const details: SpeedDetails | undefined = test.details;
  return [
    [facts.when, time(Date.parse(test.at), 'full')],
    ...(details ? known(facts.why, speedWords.reason[details.reason] ?? details.reason) : []),
    ...(details ? known(facts.kind, speedWords.kind[details.kind]) : []),
    [facts.engine, speedWords.engine[test.engine]],
    ...known(facts.server, serverOf(test)),
    ...known(facts.address, details?.address ?? null),
    [facts.line, test.line],
    ...known(facts.interface, details?.interfaceName ?? null),
    ...(details?.host ? known(facts.tls, details.tls ?? facts.plain) : []),
    ...(details?.busy
      ? known(
          facts.other,
          facts.others(
            details.busy.seconds.toFixed(0),
            rate(details.busy.downMbps),
            rate(details.busy.upMbps),
            facts.sources[details.busy.source],
          ),
        )
      : []),
    ...(details ? known(facts.seconds, duration(details.seconds * 1000)) : []),
  ];
}

function serverOf({ server, details }: SpeedTest): string | null {
  const host = details?.host ?? null;
  if (server === null || host === null || server.includes(host)) return server ?? host;
  return `${server} (${host})`;
}

function known(name: string, value: string | null): Fact[] {
  return value === null ? [] : [[name, value]];
}
