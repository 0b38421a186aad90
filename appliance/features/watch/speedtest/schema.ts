/** Shapes of a speed test: what is configured, what runs, what was measured and by which method. */
import { type Static, Type } from 'typebox';
import { Family, IsoTime, orNull } from '../../../core/shapes.ts';

export const EngineName = Type.Union(
  [
    Type.Literal('peer'),
    Type.Literal('mlab'),
    Type.Literal('librespeed'),
    Type.Literal('http'),
    Type.Literal('cloudflare'),
    Type.Literal('ookla'),
  ],
  { $id: 'SpeedEngineName', description: 'Who is on the other side and how it is measured' },
);
export type EngineName = Static<typeof EngineName>;

/** Those that measure with a server of the owner's. */
const OwnServerEngine = Type.Union([Type.Literal('peer'), Type.Literal('librespeed'), Type.Literal('http')], {
  title: 'Kind',
  description: 'peer (default): another appliance or any ndt7 server; librespeed; http: a large file',
});

export const SpeedKind = Type.Union([Type.Literal('quick'), Type.Literal('full'), Type.Literal('estimate')], {
  description:
    'quick: stops as soon as the numbers stand. full: ten seconds each way. estimate: from short bursts of a few MB',
});
export type SpeedKind = Static<typeof SpeedKind>;

/**
 * How a test ended. ok: both directions that the engine can do were measured. failed: see `failure`. busy: the line was
 * in use, nothing was sent. aborted: somebody started to use the line, or it was stopped. skipped: the ledger said no.
 */
export const SpeedOutcome = Type.Union([
  Type.Literal('ok'),
  Type.Literal('failed'),
  Type.Literal('busy'),
  Type.Literal('aborted'),
  Type.Literal('skipped'),
]);
export type SpeedOutcome = Static<typeof SpeedOutcome>;

export const SpeedFlag = Type.Union(
  [
    Type.Literal('busy'),
    Type.Literal('burst'),
    Type.Literal('lossy'),
    Type.Literal('device-limited'),
    Type.Literal('nic-limited'),
    Type.Literal('unsettled'),
    Type.Literal('icmp-differs'),
    Type.Literal('hidden-queue'),
  ],
  {
    description:
      'busy: others used the line meanwhile. burst: the first seconds are faster than what lasts. lossy: packets were lost under load. device-limited: this box was the limit. nic-limited: its network card was. unsettled: the rate never stood still. icmp-differs: pings and connections met different delays. hidden-queue: the sender slows down before the queue fills, the added delay may be larger with others',
  },
);
export type SpeedFlag = Static<typeof SpeedFlag>;

export const Grade = Type.Union([
  Type.Literal('A+'),
  Type.Literal('A'),
  Type.Literal('B'),
  Type.Literal('C'),
  Type.Literal('D'),
  Type.Literal('F'),
]);
export type Grade = Static<typeof Grade>;

export const SpeedPhase = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('preflight'),
  Type.Literal('server'),
  Type.Literal('idle'),
  Type.Literal('download'),
  Type.Literal('drain'),
  Type.Literal('upload'),
  Type.Literal('both'),
  Type.Literal('recovery'),
  Type.Literal('done'),
]);
export type SpeedPhase = Static<typeof SpeedPhase>;

export const FailureReason = Type.Union(
  [
    Type.Literal('no-server'),
    Type.Literal('no-consent'),
    Type.Literal('dns'),
    Type.Literal('timeout'),
    Type.Literal('refused'),
    Type.Literal('unreachable'),
    Type.Literal('reset'),
    Type.Literal('stalled'),
    Type.Literal('short'),
    Type.Literal('tls'),
    Type.Literal('garbage'),
    Type.Literal('no-capacity'),
    Type.Literal('rate-limited'),
    Type.Literal('denied'),
    Type.Literal('local'),
    Type.Literal('line-down'),
    Type.Literal('cancelled'),
    Type.Literal('line-wanted'),
    Type.Literal('budget'),
    Type.Literal('metered'),
    Type.Literal('engine'),
  ],
  {
    description:
      'stalled: no byte for five seconds. short: the server ended before anything could be measured. garbage: not what a speed test sends. line-wanted: somebody else began to use the line',
  },
);
export type FailureReason = Static<typeof FailureReason>;

const milliseconds = (description: string) => orNull(Type.Number({ minimum: 0, description }));
const megabits = (description: string) => orNull(Type.Number({ minimum: 0, description }));

/** Round-trip times while something went on. Null where nothing answered. */
export const DelayFigures = Type.Object(
  {
    count: Type.Integer({ minimum: 0, description: 'Probes sent' }),
    lost: Type.Integer({ minimum: 0 }),
    p50Ms: milliseconds('Median'),
    p90Ms: milliseconds('90th percentile'),
    p95Ms: milliseconds('95th percentile'),
    maxMs: milliseconds('Largest'),
    jitterMs: milliseconds('Mean difference of successive round-trip times'),
  },
  { $id: 'SpeedDelay', additionalProperties: false },
);
export type DelayFigures = Static<typeof DelayFigures>;

export const StopReason = Type.Union(
  [
    Type.Literal('steady'),
    Type.Literal('time'),
    Type.Literal('bytes'),
    Type.Literal('server'),
    Type.Literal('estimate'),
  ],
  {
    description:
      'steady: the rate stood still behind a full queue. time, bytes: the bound of the test. server: the other side ended it. estimate: short bursts only',
  },
);
export type StopReason = Static<typeof StopReason>;

export const DirectionResult = Type.Object(
  {
    capacityMbps: megabits('Rate of TCP payload while the rate stood still'),
    capacityErrorMbps: megabits('Half the width of the range the capacity lies in; of estimates'),
    sustainedMbps: megabits('Mean of the second half of a test of ten seconds'),
    meanMbps: megabits('Mean over the whole direction, start included'),
    singleStreamMbps: megabits('What one connection alone reached'),
    receiverMbps: megabits('The rate that the receiver counted, over the same time'),
    lineMbps: megabits('Rate on the interface, with all headers'),
    burstRatio: orNull(
      Type.Number({ description: 'Capacity of the first seconds over the sustained rate, of full tests' }),
    ),
    countedBy: Type.Union([Type.Literal('receiver'), Type.Literal('acknowledged')], {
      description: 'Whether the receiver counted, or the sender counted what the receiver had acknowledged',
    }),
    streams: Type.Integer({ minimum: 1 }),
    congestionControl: orNull(Type.String({ description: 'Of the sender; null where it does not say' })),
    stop: StopReason,
    stoppedAtMs: Type.Number({ description: 'When the capacity stood, from the first byte' }),
    seconds: Type.Number({ description: 'How long load was on the line' }),
    bytes: Type.Integer({ description: 'TCP payload' }),
    wireBytes: orNull(Type.Integer({ description: 'On the interface, with all headers and both ways' })),
    retransmits: orNull(
      Type.Integer({ description: 'Segments sent again; null where the sender does not say' }),
    ),
    lossRatio: orNull(Type.Number({ description: 'Share of probes lost under load' })),
    icmp: orNull(DelayFigures),
    tcp: orNull(DelayFigures),
    addedMs: milliseconds(
      '90th percentile of the round-trip time under load minus the idle median, once the queue stood',
    ),
    grade: orNull(Grade),
    recoveryMs: milliseconds('From the end of the load until the round-trip time was idle again'),
  },
  { $id: 'SpeedDirection', additionalProperties: false },
);
export type DirectionResult = Static<typeof DirectionResult>;

export const SpeedFailure = Type.Object(
  { reason: FailureReason, message: Type.String(), phase: SpeedPhase },
  { $id: 'SpeedFailure', additionalProperties: false },
);
export type SpeedFailure = Static<typeof SpeedFailure>;

export const Responsiveness = Type.Object(
  {
    rpm: Type.Integer({ minimum: 0 }),
    confidence: Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')]),
    icmpRpm: orNull(Type.Integer({ minimum: 0, description: 'The same from pings; never mixed with it' })),
  },
  {
    $id: 'SpeedResponsiveness',
    additionalProperties: false,
    description: 'Round trips a minute under load, draft-ietf-ippm-responsiveness, TCP only',
  },
);
export type Responsiveness = Static<typeof Responsiveness>;

/** What the line carried before the load. */
export const BusyFigures = Type.Object(
  {
    seconds: Type.Number(),
    downMbps: Type.Number(),
    upMbps: Type.Number(),
    limitMbps: Type.Number({ description: 'Above this the line counts as busy' }),
    source: Type.Union([Type.Literal('interface'), Type.Literal('router')], {
      description: 'Who counted: the own network card, or the router for the whole house',
    }),
  },
  { $id: 'SpeedBusy', additionalProperties: false },
);
export type BusyFigures = Static<typeof BusyFigures>;

export const SpeedDetails = Type.Object(
  {
    kind: SpeedKind,
    method: Type.String({ description: 'Id of the text that tells how it was measured' }),
    reason: Type.String({ description: 'Id of the text that tells why it ran' }),
    host: orNull(Type.String({ description: 'Host and port of the server' })),
    address: orNull(Type.String()),
    interfaceName: orNull(Type.String()),
    tls: orNull(Type.String({ description: 'Version and cipher; null in plain' })),
    down: orNull(DirectionResult),
    up: orNull(DirectionResult),
    both: orNull(
      Type.Object({
        downMbps: megabits('At the same time'),
        upMbps: megabits('At the same time'),
        addedMs: milliseconds('Added delay'),
      }),
    ),
    idle: orNull(Type.Object({ icmp: orNull(DelayFigures), tcp: orNull(DelayFigures) })),
    responsiveness: orNull(Responsiveness),
    busy: orNull(BusyFigures),
    failure: orNull(SpeedFailure),
    passedOver: Type.Array(
      Type.Object({ engine: EngineName, server: orNull(Type.String()), failure: SpeedFailure }),
      { description: 'Servers that were tried before; at most 8' },
    ),
    seconds: Type.Number({ description: 'The whole test' }),
  },
  { $id: 'SpeedDetails', additionalProperties: false },
);
export type SpeedDetails = Static<typeof SpeedDetails>;

const measured = {
  at: IsoTime,
  line: Type.String(),
  family: Type.Union([Family, Type.Null()]),
  engine: EngineName,
  server: orNull(Type.String({ description: 'What people call the server' })),
  outcome: SpeedOutcome,
  downloadMbps: megabits('Capacity downwards; null when it was not measured'),
  uploadMbps: megabits('Capacity upwards; null when it was not measured'),
  idleMs: milliseconds('Median round-trip time before the load'),
  loadedDownMs: milliseconds(
    '90th percentile of the round-trip time under load downwards, once the queue stood',
  ),
  loadedUpMs: milliseconds('The same upwards'),
  grade: Type.Union([Grade, Type.Null()], { description: 'Of the added delay, the worse direction' }),
  rpm: orNull(Type.Integer({ minimum: 0, description: 'Round trips a minute under load' })),
  bytes: Type.Integer({ minimum: 0, description: 'On the wire, both ways, everything of the test' }),
  flags: Type.Array(SpeedFlag),
};

/** What a finished run gives; the service adds the id. */
export const SpeedTestResult = Type.Object(
  { ...measured, details: SpeedDetails },
  { $id: 'SpeedTestResult', additionalProperties: false },
);
export type SpeedTestResult = Static<typeof SpeedTestResult>;

export const SpeedTest = Type.Object(
  { id: Type.String(), ...measured, details: Type.Optional(SpeedDetails) },
  { $id: 'SpeedTest', additionalProperties: false },
);
export type SpeedTest = Static<typeof SpeedTest>;

/** Event `speedtest.progress`: ten times a second at most while one runs. */
export const SpeedProgress = Type.Object(
  {
    at: IsoTime,
    line: Type.String(),
    engine: EngineName,
    server: orNull(Type.String()),
    phase: SpeedPhase,
    fraction: Type.Number({ minimum: 0, maximum: 1, description: 'Of the whole test, never going back' }),
    downMbps: megabits('Now; null when nothing is measured downwards'),
    upMbps: megabits('Now; null when nothing is measured upwards'),
    rttMs: milliseconds('Round-trip time now'),
    bytes: Type.Integer({ minimum: 0, description: 'On the wire until now' }),
  },
  { $id: 'SpeedProgress', additionalProperties: false },
);
export type SpeedProgress = Static<typeof SpeedProgress>;

const Clock = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });

/** Section `speedtest` of the configuration. */
export const SpeedtestConfig = Type.Object(
  {
    engine: Type.Union([Type.Literal('auto'), EngineName], {
      default: 'auto',
      title: 'Engine',
      description: 'auto: own servers first, then every outside service that you have switched on',
    }),
    schedule: Type.Union(
      [Type.Literal('adaptive'), Type.Literal('off'), Type.String({ pattern: '^(\\S+ ){4}\\S+$' })],
      {
        default: 'adaptive',
        title: 'Schedule',
        description: 'adaptive: about four tests a day at random moments; off; or a cron line of five fields',
      },
    ),
    monthlyBudgetGb: Type.Number({
      default: 50,
      minimum: 0,
      maximum: 100_000,
      title: 'Data a month, GB',
      description: 'For each line, both directions together; 0 means no tests but those you start yourself',
    }),
    servers: Type.Array(
      Type.Object(
        {
          url: Type.String({ format: 'uri', maxLength: 500, title: 'Address' }),
          engine: Type.Optional(OwnServerEngine),
          name: Type.Optional(Type.String({ maxLength: 80, title: 'Name' })),
          upload: Type.Optional(
            Type.String({
              format: 'uri',
              maxLength: 500,
              title: 'Where to send to',
              description: 'Of the engine http: takes a POST; without it only the download is measured',
            }),
          ),
          isInside: Type.Optional(
            Type.Boolean({
              title: 'In the own network',
              description: 'The server stands in the own network',
            }),
          ),
          caFile: Type.Optional(
            Type.String({
              maxLength: 500,
              title: 'Authority',
              description: 'PEM file to believe for this server',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 16, title: 'Servers', description: 'Your own; another appliance is one' },
    ),
    fullEveryDays: Type.Integer({
      default: 7,
      minimum: 1,
      maximum: 90,
      title: 'Full test every days',
      description: 'Ten seconds each way, to tell what lasts from what comes first',
    }),
    quietHours: Type.Union(
      [Type.Object({ from: Clock, to: Clock }, { additionalProperties: false }), Type.Null()],
      {
        default: null,
        title: 'Quiet hours',
        description: 'No test starts by itself then, local time',
      },
    ),
    lines: Type.Array(
      Type.Object(
        {
          line: Type.String({ title: 'Line' }),
          monthlyBudgetGb: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
          isMetered: Type.Optional(
            Type.Boolean({
              title: 'Metered',
              description: 'Only estimates from a few MB, at most 0.5 GB a month',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 8, title: 'Lines that differ' },
    ),
    ooklaProgram: Type.Union([Type.String({ maxLength: 500 }), Type.Null()], {
      default: null,
      title: 'Ookla program',
      description: 'Path of a "speedtest" that you have installed and whose licence you have accepted',
    }),
    lanEndpoint: Type.Boolean({
      default: true,
      title: 'Wi-Fi test',
      description: 'Devices in the own network may measure their way to this box',
    }),
  },
  { title: 'Speed tests', additionalProperties: false, default: {} },
);
export type SpeedtestConfig = Static<typeof SpeedtestConfig>;

export const SpeedTestList = Type.Object(
  {
    speedtests: Type.Array(SpeedTest, { description: 'Newest first; failures and skipped ones among them' }),
    next: Type.Optional(
      orNull(Type.String({ description: 'Give it as `before` to get the older ones; null: there are none' })),
    ),
  },
  { $id: 'SpeedTestList', additionalProperties: false },
);
export type SpeedTestList = Static<typeof SpeedTestList>;

/** What a test costs on one line, on the wire, both ways. */
export const SpeedPrice = Type.Object(
  {
    engine: EngineName,
    kind: SpeedKind,
    bytes: Type.Integer({ minimum: 0 }),
    reserveBytes: Type.Integer({ minimum: 0, description: 'What is set aside for the next one' }),
    basis: Type.Union([Type.Literal('history'), Type.Literal('formula')]),
    tests: Type.Integer({ minimum: 0, description: 'How many tests it is drawn from' }),
    text: Type.String({ description: 'How it was computed' }),
  },
  { $id: 'SpeedPrice', additionalProperties: false },
);
export type SpeedPrice = Static<typeof SpeedPrice>;

/** An engine as one line could use it. */
export const SpeedOffer = Type.Object(
  {
    engine: EngineName,
    isReady: Type.Boolean(),
    why: orNull(Type.String({ description: 'What is missing; null when it is ready' })),
    consent: orNull(
      Type.String({ description: 'The switch in `consent` that it needs; null: it needs none' }),
    ),
    prices: Type.Array(SpeedPrice),
    monthlyBytes: Type.Integer({
      minimum: 0,
      description: 'With the schedules in force, were all tests by it',
    }),
    monthlyText: Type.String(),
  },
  { $id: 'SpeedOffer', additionalProperties: false },
);
export type SpeedOffer = Static<typeof SpeedOffer>;

export const SpeedBudget = Type.Object(
  {
    month: Type.String({ description: '2026-11, at the site' }),
    budgetBytes: Type.Integer({ minimum: 0 }),
    spentBytes: Type.Integer({ minimum: 0, description: 'Everything on the wire, with what is reserved' }),
    tests: Type.Integer({ minimum: 0 }),
    isExhausted: Type.Boolean({ description: 'Not even the cheapest test fits any more this month' }),
    text: Type.String(),
  },
  { $id: 'SpeedBudget', additionalProperties: false },
);
export type SpeedBudget = Static<typeof SpeedBudget>;

export const SpeedReason = Type.Union(
  [
    Type.Literal('asked'),
    Type.Literal('schedule'),
    Type.Literal('custom'),
    Type.Literal('burst'),
    Type.Literal('retry'),
    Type.Literal('retest'),
    Type.Literal('outage'),
    Type.Literal('anomaly'),
  ],
  { $id: 'SpeedReason', description: 'Why a test runs' },
);
export type SpeedReason = Static<typeof SpeedReason>;

export const SpeedNext = Type.Object(
  {
    at: IsoTime,
    reason: SpeedReason,
    kind: SpeedKind,
    heldBy: Type.Union(
      [
        Type.Literal('start'),
        Type.Literal('quiet-hours'),
        Type.Literal('budget'),
        Type.Literal('busy'),
        Type.Null(),
      ],
      { description: 'What made it later than it was wanted; null: nothing' },
    ),
    text: Type.String({ description: 'When and why, for people' }),
  },
  { $id: 'SpeedNext', additionalProperties: false },
);
export type SpeedNext = Static<typeof SpeedNext>;

/** What is planned on one line, what it costs and what is left. */
export const SpeedLinePlan = Type.Object(
  {
    line: Type.String(),
    isMetered: Type.Boolean(),
    next: orNull(SpeedNext),
    why: orNull(Type.String({ description: 'Why nothing is planned; null when something is' })),
    budget: SpeedBudget,
    offers: Type.Array(SpeedOffer, { description: 'Those that would be used come first, in their order' }),
  },
  { $id: 'SpeedLinePlan', additionalProperties: false },
);
export type SpeedLinePlan = Static<typeof SpeedLinePlan>;

export const SpeedPlanReport = Type.Object(
  {
    lines: Type.Array(SpeedLinePlan),
    running: orNull(SpeedProgress),
    schedule: Type.String({ description: 'As configured: adaptive, off or a cron line' }),
    quietHours: orNull(Type.Object({ from: Clock, to: Clock })),
  },
  { $id: 'SpeedPlanReport', additionalProperties: false },
);
export type SpeedPlanReport = Static<typeof SpeedPlanReport>;

const scheduled = {
  label: Type.String({ minLength: 1, maxLength: 60 }),
  line: Type.Union([Type.String({ maxLength: 32 }), Type.Null()], {
    default: null,
    description: 'Null: every line',
  }),
  family: Type.Union([Family, Type.Null()], { default: null, description: 'Null: as the server has it' }),
  times: Type.Array(Clock, { maxItems: 24, default: [], description: 'Local times, HH:MM' }),
  days: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), {
    maxItems: 7,
    default: [0, 1, 2, 3, 4, 5, 6],
    description: '0 is Monday',
  }),
  cron: Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
    default: null,
    description: 'Five fields, local time; in place of times and days',
  }),
  burstCount: Type.Integer({ minimum: 1, maximum: 5, default: 1, description: 'Tests in a row' }),
  isEnabled: Type.Boolean({ default: true }),
};

/** A schedule of the owner's own, beside the one in the configuration. */
export const SpeedSchedule = Type.Object(
  {
    id: Type.String(),
    ...scheduled,
    lastRunAt: orNull(IsoTime),
    nextAt: orNull(IsoTime),
  },
  { $id: 'SpeedSchedule', additionalProperties: false },
);
export type SpeedSchedule = Static<typeof SpeedSchedule>;

export const SpeedScheduleInput = Type.Object(
  {
    ...scheduled,
    hours: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 23 }), {
        maxItems: 24,
        description: 'Another way to say times on the hour',
      }),
    ),
  },
  { $id: 'SpeedScheduleInput', additionalProperties: false },
);
export type SpeedScheduleInput = Static<typeof SpeedScheduleInput>;

export const SpeedScheduleList = Type.Object(
  { schedules: Type.Array(SpeedSchedule) },
  { $id: 'SpeedScheduleList', additionalProperties: false },
);
export type SpeedScheduleList = Static<typeof SpeedScheduleList>;

/** A median with the range that half of the tests lie in. */
export const Spread = Type.Object(
  { median: Type.Number(), p25: Type.Number(), p75: Type.Number(), tests: Type.Integer({ minimum: 1 }) },
  { $id: 'SpeedSpread', additionalProperties: false },
);
export type Spread = Static<typeof Spread>;

/** One line, family and engine over a time: numbers of different engines are never put together. */
export const SpeedTrend = Type.Object(
  {
    line: Type.String(),
    family: orNull(Family),
    engine: EngineName,
    tests: Type.Integer({ minimum: 0, description: 'That ended well' }),
    failed: Type.Integer({ minimum: 0 }),
    skipped: Type.Integer({
      minimum: 0,
      description: 'Busy, aborted or without budget: they say nothing of the line',
    }),
    downloadMbps: orNull(Spread),
    uploadMbps: orNull(Spread),
    idleMs: orNull(Spread),
    addedDownMs: orNull(Spread),
    addedUpMs: orNull(Spread),
    change: orNull(
      Type.Object({
        downRatio: orNull(Type.Number({ description: 'Newest over the median before it' })),
        upRatio: orNull(Type.Number()),
        isReal: Type.Boolean({ description: 'More than a tenth and outside what tests of this line spread' }),
      }),
    ),
    bytes: Type.Integer({ minimum: 0 }),
    lastAt: orNull(IsoTime),
  },
  { $id: 'SpeedTrend', additionalProperties: false },
);
export type SpeedTrend = Static<typeof SpeedTrend>;

export const SpeedTrendList = Type.Object(
  { trends: Type.Array(SpeedTrend) },
  { $id: 'SpeedTrendList', additionalProperties: false },
);
export type SpeedTrendList = Static<typeof SpeedTrendList>;

/** The rate of a shaper at which the added delay stays below a target. */
export const ShaperRate = Type.Object(
  {
    rateKbps: Type.Integer({ minimum: 0, description: 'For the shaper: with IP and Ethernet headers' }),
    share: Type.Number({ description: 'Of the slow tenth of what was measured' }),
    basis: Type.Union([Type.Literal('observed'), Type.Literal('derived')], {
      description: 'observed: tests at this rate stayed below the target. derived: a share of the capacity',
    }),
    addedMs: orNull(Type.Number({ description: 'Median added delay now' })),
    capacityMbps: Spread,
    isNeeded: Type.Boolean({ description: 'The added delay is above the target' }),
  },
  { $id: 'ShaperRate', additionalProperties: false },
);
export type ShaperRate = Static<typeof ShaperRate>;

export const ShaperAdvice = Type.Object(
  {
    line: Type.String(),
    state: Type.Union([Type.Literal('too-few-tests'), Type.Literal('fine'), Type.Literal('shape')]),
    targetMs: Type.Number(),
    down: orNull(ShaperRate),
    up: orNull(ShaperRate),
    tests: Type.Array(Type.String(), { description: 'Ids of the tests it is drawn from' }),
    text: Type.String(),
    settings: Type.Array(
      Type.Object({
        system: Type.Union([Type.Literal('openwrt'), Type.Literal('opnsense')]),
        title: Type.String(),
        steps: Type.Array(Type.String()),
        commands: Type.Array(Type.String()),
      }),
    ),
    method: Type.String({ description: 'Id of the text that tells how it was computed' }),
  },
  { $id: 'ShaperAdvice', additionalProperties: false },
);
export type ShaperAdvice = Static<typeof ShaperAdvice>;

/** Two tests, and whether they differ by more than tests of this line do anyway. */
export const SpeedComparison = Type.Object(
  {
    before: SpeedTest,
    after: SpeedTest,
    isComparable: Type.Boolean({ description: 'Same line, family and engine' }),
    figures: Type.Array(
      Type.Object({
        name: Type.Union([
          Type.Literal('downloadMbps'),
          Type.Literal('uploadMbps'),
          Type.Literal('idleMs'),
          Type.Literal('addedDownMs'),
          Type.Literal('addedUpMs'),
          Type.Literal('rpm'),
        ]),
        before: orNull(Type.Number()),
        after: orNull(Type.Number()),
        spread: orNull(
          Type.Number({ description: 'By how much two tests of this line differ for no reason' }),
        ),
        verdict: Type.Union([
          Type.Literal('better'),
          Type.Literal('worse'),
          Type.Literal('same'),
          Type.Literal('unknown'),
        ]),
      }),
    ),
    text: Type.String(),
  },
  { $id: 'SpeedComparison', additionalProperties: false },
);
export type SpeedComparison = Static<typeof SpeedComparison>;

/** What other features may ask of speed tests. */
export interface SpeedtestPort {
  /** The newest good one of a line by the engine that it uses; null before it. */
  latest(line: string): SpeedTest | null;
  between(fromMs: number, toMs: number, limit?: number): Promise<SpeedTest[]>;
  /** Something happened after which a test is worth its bytes; at most one in six hours is taken. */
  want(line: string, reason: 'outage' | 'anomaly'): void;
  /** Whether a test loads this line now, so that its delay is nobody's fault. */
  isRunning(line: string): boolean;
  /** Keeps and charges tests of the past, oldest first; for imports and the demo. */
  keepPast(results: readonly SpeedTestResult[]): Promise<void>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'speedtest.progress': SpeedProgress;
    'speedtest.finished': SpeedTest;
  }
}

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    speedtest: Readonly<SpeedtestConfig>;
  }
  interface FeaturePorts {
    speedtest: SpeedtestPort;
  }
}
