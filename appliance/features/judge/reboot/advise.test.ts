import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdviceInput, advise, type PastOutage, type PastReboot, recordOf, trialOf } from './advise.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 22, 12);

const outage = (
  id: number,
  startMin: number,
  endMin: number | null,
  verdict: PastOutage['verdict'] = 'access',
) => ({
  id,
  line: 'main',
  verdict,
  startMs: now + startMin * minute,
  endMs: endMin === null ? null : now + endMin * minute,
});
const reboot = (id: number, atMin: number): PastReboot => ({
  id,
  line: 'main',
  atMs: now + atMin * minute,
  device: 'modem',
  source: 'told',
});
const input = (change: Partial<AdviceInput>): AdviceInput => ({
  outages: [],
  reboots: [],
  advised: [],
  nowMs: now,
  afterMs: 3 * minute,
  mostPerDay: 2,
  ...change,
});
const adviceOf = (change: Partial<AdviceInput>) => advise(input(change), 'main');

/** Four outages that were rebooted in, three with success, and two that ended alone. */
const past = {
  outages: [
    outage(1, -9000, -8990),
    outage(2, -8000, -7990),
    outage(3, -7000, -6990),
    outage(4, -6000, -5900),
    outage(5, -5000, -4960),
    outage(6, -4000, -3980),
    outage(7, -3000, -2999), // over before anybody would have thought of it
  ],
  reboots: [reboot(1, -8994), reboot(2, -7994), reboot(3, -6993), reboot(4, -5990)],
};

test('a reboot helped when the outage ended within ten minutes of it', () => {
  const record = recordOf('main', input(past));
  assert.deepEqual(record, {
    tried: 4,
    helped: 3,
    recoveredAfterSeconds: 240,
    without: 2,
    withoutSeconds: 1800,
  });
});

test('a reboot that nothing was wrong at, and one that made the outage, are no trials', () => {
  assert.equal(trialOf(reboot(1, -100), input({ outages: [outage(1, -99.9, -95, 'gateway')] })), null);
  assert.equal(trialOf(reboot(1, -100), input({ outages: [outage(1, -110, -95, 'transit')] })), null);
  assert.equal(
    trialOf({ ...reboot(1, -100), line: 'lte' }, input({ outages: [outage(1, -110, -95)] })),
    null,
  );
});

test('of two reboots in one outage the first did not help', () => {
  const both = input({ outages: [outage(1, -60, -30)], reboots: [reboot(1, -50), reboot(2, -35)] });
  assert.deepEqual(
    both.reboots.map((one) => trialOf(one, both)?.helped),
    [false, true],
  );
});

test('a long outage of the access line advises the modem, with what it did before', () => {
  const { outages, reboots } = past;
  const advice = adviceOf({ outages: [...outages, outage(8, -4, null)], reboots });
  assert.equal(advice.code, 'advised');
  assert.equal(advice.device, 'modem');
  assert.equal(
    advice.reason,
    'Restart the modem: the line has been down for 4 min. It helped 3 of 4 times, after 4 min. Without one such outages lasted 30 min (median of 2).',
  );
  assert.equal(adviceOf({ outages: [outage(8, -4, null, 'gateway')] }).device, 'router');
});

test('it is not advised when it could not help, too early, too often, or in vain', () => {
  const open = outage(8, -4, null);
  const cases: [string, Partial<AdviceInput>][] = [
    ['no-outage', { outages: [outage(7, -9, -5)] }],
    ['elsewhere', { outages: [outage(8, -60, null, 'isp')] }],
    ['too-early', { outages: [outage(8, -2, null)] }],
    ['under-way', { outages: [outage(8, -30, null)], reboots: [reboot(1, -3)] }],
    ['no-help', { outages: [outage(8, -30, null)], reboots: [reboot(1, -12)] }],
    [
      'too-often',
      {
        outages: [open],
        advised: [
          { atMs: now - 5 * minute, outage: 6 },
          { atMs: now - 6 * minute, outage: 5 },
        ],
      },
    ],
    ['too-often', { outages: [open], mostPerDay: 0 }],
    [
      'never-helps',
      {
        outages: [1, 2, 3].map((id) => outage(id, -1000 * id, -1000 * id + 60)).concat(open),
        reboots: [1, 2, 3].map((id) => reboot(id, -1000 * id + 5)),
      },
    ],
  ];
  for (const [code, change] of cases) assert.equal(adviceOf(change).code, code);
});

test('what was advised in this outage stays advised, although the day is used up by it', () => {
  const advised = [
    { atMs: now - 400 * minute, outage: 3 },
    { atMs: now - minute, outage: 8 },
  ];
  const advice = adviceOf({ outages: [outage(8, -4, null)], advised });
  assert.equal(advice.isAdvised, true);
  assert.equal(advice.leftToday, 0);
  assert.equal(adviceOf({ outages: [outage(9, -4, null)], advised }).code, 'too-often');
});
