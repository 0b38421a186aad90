import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Family, Segment, Verdict } from '../../../core/shapes.ts';
import { createService, type Service } from '../../../main.ts';
import type {} from '../../judge/incident/schema.ts'; // the port "incident"
import type { Evidence, Outage } from '../../judge/outage/schema.ts';
import type { Target } from '../../watch/latency/schema.ts';
import { isBackground } from './chronicle.ts';
import { type Happening, type HappeningKind, planYear } from './happenings.ts';
import { household } from './household.ts';
import { LineModel } from './line-model.ts';
import { pastEvidence } from './past-evidence.ts';
import { PastJudging } from './past-judging.ts';
import { type DemoParts, demoParts } from './run.ts';

const nowMs = Date.UTC(2026, 10, 22, 11, 20);
const plan = planYear(7, nowMs, 60);
const model = new LineModel(7, plan, 'Etc/UTC');
const past = plan.happenings.filter((one) => one.endedAtMs <= nowMs);

function target(id: string, segment: Segment, family: Family, address: string, intervalMs = 1000): Target {
  const name = id.replace(/-ipv[46]$/, '');
  const shared = { line: 'main', method: 'icmp-raw', host: address } as const;
  return { ...shared, id: `${id}-${family}`, name, segment, family, address, intervalMs };
}

const anchors = [
  { id: 'cloudflare', ipv4: '1.1.1.1', ipv6: '2606:4700:4700::1111' },
  { id: 'google', ipv4: '8.8.8.8', ipv6: '2001:4860:4860::8888' },
  { id: 'quad9', ipv4: '9.9.9.9', ipv6: '2620:fe::fe' },
];
const targets = [
  target('lan-1', 'lan', 'ipv4', household.device, 5000),
  ...(['ipv4', 'ipv6'] as const).flatMap((family) => [
    target('gateway', 'gateway', family, household.gateway[family]),
    target('isp', 'isp', family, household.hops[family][0]),
    target('transit-1', 'transit', family, household.hops[family][1]),
    target('transit-2', 'transit', family, household.hops[family][2]),
    ...anchors.map((anchor) => target(anchor.id, 'anchor', family, anchor[family])),
  ]),
];
const options = { model, line: 'main', targets, timeoutMs: 1000 };

let demo: DemoParts;
let service: Service;
let context: FeatureContext;

before(async () => {
  demo = await demoParts({ clock: systemClock, days: 1 });
  service = await createService(
    {
      dataFolder: demo.dataFolder,
      port: 0,
      host: '127.0.0.1',
      logLevel: 'error',
      simulation: {
        ...demo,
        onStarted: async (wired) => {
          context = wired;
          return async () => undefined;
        },
      },
    },
    new AbortController().signal,
  );
});

after(async () => {
  await service?.stop();
  await demo?.remove();
});

/** The newest happening of a kind; of Wi-Fi the moments at which a neighbour's is in the way. */
function newest(kind: HappeningKind): Happening {
  const found = past.filter((one) => one.kind === kind && !isBackground(one)).at(-1);
  assert.ok(found, kind);
  return found;
}

/** Every record that overlaps it, with where it begins and ends against the plan, in seconds. */
function against(outages: readonly Outage[], { startedAtMs, endedAtMs }: Happening) {
  return outages.map(({ verdict, kind, symptom, startedAt, endedAt }) => ({
    what: `${kind} ${symptom} ${verdict}`,
    beginS: (Date.parse(startedAt) - startedAtMs) / 1000,
    endS: (Date.parse(endedAt ?? '') - endedAtMs) / 1000,
  }));
}

const silences: [HappeningKind, string][] = [
  ['access', 'outage no-answer access'],
  ['router', 'outage no-answer gateway'],
  ['upstream', 'outage no-answer isp'],
  ['ipv6', 'outage no-answer ipv6'],
  ['service', 'degradation no-answer service'],
];

for (const [kind, what] of silences)
  test(`${kind}: one record, ${what}, from its first to its last lost exchange`, async () => {
    const one = newest(kind);
    const found = against(await context.port('outage').judgePast(pastEvidence(one, options)), one);
    assert.deepEqual(
      found.map((record) => record.what),
      [what],
    );
    const [{ beginS, endS } = { beginS: Number.NaN, endS: Number.NaN }] = found;
    assert.ok(beginS >= 0 && beginS <= 1 && endS >= -1 && endS <= 0, JSON.stringify(found));
  });

test('names: the name servers are blamed and nobody else', async () => {
  const one = newest('names');
  const outages = await context.port('outage').judgePast(pastEvidence(one, options));
  assert.deepEqual(new Set(outages.map(({ verdict }) => verdict)), new Set<Verdict>(['dns']));
  const whole = outages.find(({ kind }) => kind === 'outage');
  assert.ok(whole && Date.parse(whole.endedAt ?? '') > one.endedAtMs - 15_000, JSON.stringify(whole));
});

for (const [kind, what] of [
  ['noise', 'degradation loss access'],
  ['wifi', 'degradation loss lan'],
] as const)
  test(`${kind}: ${what}, and nothing else`, async () => {
    const one = newest(kind);
    const found = against(await context.port('outage').judgePast(pastEvidence(one, options)), one);
    assert.deepEqual([...new Set(found.map((record) => record.what))], [what]);
    assert.ok(found.length <= 3 && (found[0]?.beginS ?? 99) < 30, JSON.stringify(found));
  });

test('bufferbloat: the line is busy with the own upload, which is no outage', async () => {
  const one = newest('bufferbloat');
  const outages = await context.port('outage').judgePast(pastEvidence(one, options));
  assert.deepEqual(outages, []);
  const busy = await context.port('outage').busyBetween(one.startedAtMs, one.endedAtMs);
  assert.equal(busy.length, 1, JSON.stringify(busy));
  const [{ source, upMbps, startedAt, endedAt } = {}] = busy;
  assert.equal(source, 'router');
  assert.ok((upMbps ?? 0) > 30);
  assert.ok(Math.abs(Date.parse(startedAt ?? '') - one.startedAtMs) < 10_000);
  assert.ok(Math.abs(Date.parse(endedAt ?? '') - one.endedAtMs) < 10_000);
});

test('a calm hour has no record', async () => {
  const calmMs = Date.UTC(2026, 10, 14, 3);
  const one: Happening = { kind: 'noise', depth: 0, startedAtMs: calmMs, endedAtMs: calmMs + 20 * 60_000 };
  assert.deepEqual(model.happeningsAt(calmMs), []);
  assert.deepEqual(await context.port('outage').judgePast(pastEvidence(one, options)), []);
});

test('evidence comes in the order in which it became known, and of something long not all of it', () => {
  const one = newest('ipv6');
  const counts = new Map<Evidence['kind'], number>();
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const { kind, atMs } of pastEvidence(one, options)) {
    assert.ok(atMs >= latestMs, `${kind} at ${atMs} after ${latestMs}`);
    latestMs = atMs;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const seconds = (one.endedAtMs - one.startedAtMs) / 1000;
  const exchanges = counts.get('exchange') ?? 0;
  assert.ok(exchanges > 2 * seconds && exchanges < 6 * seconds, `${exchanges} of ${seconds} s`);
  for (const kind of ['targets', 'name', 'traffic', 'link'] as const) assert.ok(counts.get(kind), kind);
});

test('two months are judged newest first; a power cut is a gap and no outage', async () => {
  const heard: number[] = [];
  const gaps: string[] = [];
  const undo = [
    context.bus.on('outage.closed', ({ startedAt }) => heard.push(Date.parse(startedAt))),
    context.bus.on('gap.recorded', ({ reason }) => gaps.push(reason)),
  ];
  const signal = new AbortController().signal;
  const judging = new PastJudging({ context, model, line: 'main', signal });
  await judging.backTo(plan.startedAtMs, targets);
  for (const stop of undo) stop();

  assert.equal(judging.total.happenings, past.filter((one) => !isBackground(one)).length);
  assert.equal(judging.total.outages, heard.length);
  const dayMs = 86_400_000;
  assert.ok(heard.every((atMs, index) => atMs < (heard[index - 1] ?? nowMs) + dayMs));
  const cut = newest('power');
  assert.deepEqual(gaps, ['power']);
  const [gap, ...others] = await context.port('gap').between(plan.startedAtMs, nowMs);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [Date.parse(gap?.startedAt ?? ''), Date.parse(gap?.endedAt ?? '')],
    [cut.startedAtMs, cut.endedAtMs],
  );
  assert.deepEqual(await context.port('outage').between(cut.startedAtMs, cut.endedAtMs), []);
});

test('incidents follow from the outages by themselves', async () => {
  const { startedAtMs, endedAtMs } = newest('access');
  const around = () => context.port('incident').list(startedAtMs - 60_000, endedAtMs + 60_000);
  let found = await around();
  // They are put together behind the event, one after the other.
  for (let attempt = 0; attempt < 200 && found.length === 0; attempt += 1) found = await around();
  assert.deepEqual(
    found.map(({ kind, verdict }) => [kind, verdict]),
    [['outage', 'access']],
  );
});
