import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapOf, nodeOf, outageOf, pathNodes } from '../../../testing/fakes/outages.ts';
import type { Gap, Outage } from '../outage/schema.ts';
import { find } from './cause.ts';
import { memberOf } from './member.ts';
import { wordsOf } from './words.ts';

const begin = Date.UTC(2026, 10, 22, 18, 42, 7);
const minute = 60_000;

function words(
  outages: readonly Outage[],
  more: { nowMs?: number; gaps?: Gap[]; lineName?: string; timezone?: string; isClockKnown?: boolean } = {},
) {
  return wordsOf({
    members: outages.map(memberOf),
    gaps: more.gaps ?? [],
    nowMs: more.nowMs ?? begin + 24 * 60 * minute,
    timezone: more.timezone ?? 'Europe/Berlin',
    lineName: more.lineName ?? null,
    isClockKnown: more.isClockKnown ?? true,
  });
}

test('an outage is told with its times, who answered and whose fault it was', () => {
  assert.deepEqual(words([outageOf(1, begin, 563)]), {
    title: 'No Internet for 9 min 23 s',
    text: "The Internet was down from 19:42:07 to 19:51:30 (9 min 23 s). Your router answered all the time; your provider's first router did not. Fault: the line to your provider.",
  });
});

test('what lasts is told since when and how long by now', () => {
  const { title, text } = words([outageOf(1, begin, null)], { nowMs: begin + 192_000 });
  assert.equal(title, 'No Internet since 19:42:07');
  assert.match(text, /^The Internet has been down since 19:42:07 \(3 min 12 s\)\./);
});

test('times are those of the site, and days are said where there are two', () => {
  assert.match(
    words([outageOf(1, begin, 563)], { timezone: 'Asia/Kathmandu' }).text,
    /from 00:27:07 to 00:36:30/,
  );
  assert.match(
    words([outageOf(1, begin, 563)], { timezone: 'Asia/Singapore' }).text,
    /from 02:42:07 to 02:51:30/,
  );
  assert.match(
    words([outageOf(1, begin, 6 * 3600)]).text,
    /from 22 Nov 2026, 19:42:07 to 23 Nov 2026, 01:42:07 \(6 h\)/,
  );
});

test('while the time of day is not known only lengths are told', () => {
  const nowMs = begin + 100_000;
  const unknown = (outages: Outage[]) => words(outages, { nowMs, isClockKnown: false });
  assert.equal(unknown([outageOf(1, begin, null)]).title, 'No Internet for 1 min 40 s up to now');
  assert.match(
    unknown([outageOf(1, begin, null)]).text,
    /^The Internet has been down for 1 min 40 s\. Your router/,
  );
  assert.match(unknown([outageOf(1, begin, 60)]).text, /^The Internet was down for 1 min\./);
  assert.match(
    unknown([outageOf(1, begin, 20), outageOf(2, begin + 60_000, 20)]).text,
    /^The Internet was down twice within 1 min 20 s, 40 s in total, the longest for 20 s\./,
  );
});

test('what began on another day is told with it', () => {
  const { title } = words([outageOf(1, begin, null)], { nowMs: begin + 6 * 60 * minute });
  assert.equal(title, 'No Internet since 22 Nov 2026, 19:42:07');
});

test('who answered is told of the outage, also where something lesser tells the cause', () => {
  const outage = outageOf(1, begin, 60, { verdict: 'unclear', candidates: [], confidence: 0.3 });
  const slow = outageOf(2, begin + minute, 600, { kind: 'degradation', symptom: 'latency', nodes: [] });
  assert.match(
    words([outage, slow]).text,
    /Your router answered all the time; .* For 1 min of it the evidence/,
  );
});

test('a line that comes and goes is unsteady, with how often and how long', () => {
  const outages = [0, 4, 8, 12, 16, 20].map((at, index) => outageOf(index + 1, begin + at * minute, 30));
  const { title, text } = words([...outages, outageOf(7, begin + 23 * minute, 60)]);
  assert.equal(title, 'Unstable line: 7 interruptions in 24 min');
  assert.match(
    text,
    /^The Internet was down 7 times between 19:42:07 and 20:06:07, 4 min in total, the longest for 1 min\./,
  );
  const [first, second] = outages as [Outage, Outage];
  assert.equal(words([first, second]).title, 'No Internet twice, 1 min in total');
  const open = words([first, second, outageOf(3, begin + 8 * minute, null)], { nowMs: begin + 9 * minute });
  assert.equal(open.title, 'Unstable line: 3 interruptions since 19:42:07');
});

test('names, one destination and one family have words of their own', () => {
  const names = outageOf(1, begin, 180, { symptom: 'names', verdict: 'dns', candidates: ['dns'] });
  assert.equal(words([names]).title, 'Names were not resolved for 3 min');
  assert.equal(
    words([{ ...names, endedAt: null }], { nowMs: begin + 9000 }).title,
    'Names have not been resolved since 19:42:07',
  );
  assert.match(words([names]).text, /Fault: the name servers\.$/);
  const quad9 = nodeOf('anchor', 20, 20, { target: 'quad9', name: 'Quad9' });
  const service = outageOf(1, begin, 60, {
    target: 'quad9',
    verdict: 'service',
    candidates: ['service'],
    nodes: [quad9],
  });
  assert.deepEqual(words([service]), {
    title: 'Quad9 did not answer for 1 min',
    text: 'Quad9 did not answer from 19:42:07 to 19:43:07 (1 min). Everything else answered. Fault: that destination itself.',
  });
  const six = outageOf(1, begin, 60, { family: 'ipv6', verdict: 'ipv6', candidates: ['ipv6'] });
  assert.equal(words([six]).title, 'No IPv6 for 1 min');
  assert.match(words([six]).text, /^IPv6 did not work .* IPv4 was not affected\./);
  const onlyFour = { family: 'ipv4' as const };
  assert.equal(
    words([outageOf(1, begin, 60, onlyFour)]).title,
    'No Internet for 1 min',
    'there is no IPv6 here',
  );
  const nodes = [...pathNodes(), nodeOf('anchor', 20, 0, { family: 'ipv6' })];
  assert.equal(words([outageOf(1, begin, 60, { ...onlyFour, nodes })]).title, 'No IPv4 for 1 min');
});

test('what only looks like an outage is not called one', () => {
  const refused = outageOf(1, begin, 60, { kind: 'degradation', verdict: 'unclear', candidates: [] });
  assert.equal(words([refused]).title, 'Pinged hosts did not answer for 1 min');
  const device = outageOf(1, begin, 60, { verdict: 'device', candidates: ['device'], nodes: [] });
  assert.equal(words([device]).title, 'This box was cut off for 1 min');
  assert.match(words([device]).text, /Fault: this box's own link\.$/);
  const server = { symptom: 'names', kind: 'degradation', verdict: 'dns', target: '192.0.2.53' } as const;
  assert.equal(words([outageOf(1, begin, 60, server)]).title, 'Name server 192.0.2.53 failed for 1 min');
  const lossy = { symptom: 'loss', kind: 'degradation', verdict: 'service', target: 'quad9' } as const;
  assert.equal(words([outageOf(1, begin, 60, lossy)]).title, 'quad9 did not answer well for 1 min');
});

test('a verdict that is still looked for is not guessed', () => {
  const fresh = outageOf(1, begin, null, { decidedAt: null, verdict: 'unclear', candidates: [] });
  assert.match(words([fresh], { nowMs: begin + 2000 }).text, /Whose fault it is shows in a moment\.$/);
});

test('a degradation is told with its size', () => {
  const loss = outageOf(1, begin, 720, {
    kind: 'degradation',
    symptom: 'loss',
    nodes: [nodeOf('anchor', 720, 90)],
  });
  assert.equal(words([loss]).title, 'Packets lost for 12 min');
  assert.match(words([loss]).text, /^Packets were lost from .* \(12 min\)\. 13 % did not come back\./);
  const slow = outageOf(1, begin, 720, {
    kind: 'degradation',
    symptom: 'latency',
    nodes: [nodeOf('anchor', 720, 0, { rttMs: 184.2, baselineMs: 12.3 })],
  });
  assert.match(words([slow]).text, /They took 180 ms instead of 12 ms\./);
});

test('nobody is blamed without evidence', () => {
  const unclear = outageOf(1, begin, 60, { verdict: 'unclear', candidates: [], confidence: 0.2 });
  assert.match(words([unclear]).text, /The evidence does not say whose fault it was\.$/);
  const either = outageOf(1, begin, 60, {
    verdict: 'unclear',
    candidates: ['access', 'isp'],
    confidence: 0.4,
  });
  assert.match(
    words([either]).text,
    /The evidence does not say whether the fault was in the line to your provider or your provider's network\.$/,
  );
  const guess = outageOf(1, begin, 60, { candidates: ['access', 'gateway'], confidence: 0.6 });
  assert.match(
    words([guess]).text,
    /The evidence does not say whether the fault was in .* or your router\.$/,
  );
  const likely = outageOf(1, begin, 60, { candidates: ['access', 'gateway'], confidence: 0.9 });
  assert.match(words([likely]).text, /Fault: the line to your provider\. Your router cannot be excluded\.$/);
});

test('who answered is said only where it was heard', () => {
  const silentRouter = [nodeOf('gateway', 20, 20), nodeOf('anchor', 20, 20)];
  assert.match(
    words([outageOf(1, begin, 60, { nodes: silentRouter })]).text,
    /Your router did not answer either\./,
  );
  const witness = [...silentRouter, nodeOf('lan', 20, 0)];
  assert.match(
    words([outageOf(1, begin, 60, { nodes: witness })]).text,
    /Your router did not answer; other devices in the house did\./,
  );
  const beyond = [nodeOf('gateway', 20, 0), nodeOf('isp', 20, 1), nodeOf('anchor', 20, 20)];
  assert.match(
    words([outageOf(1, begin, 60, { nodes: beyond })]).text,
    /Your router and your provider's first router answered; nothing beyond did\./,
  );
  const unheard = [nodeOf('gateway', 2, 0), nodeOf('anchor', 20, 20)];
  assert.doesNotMatch(words([outageOf(1, begin, 60, { nodes: unheard })]).text, /router/);
  const deaf = [nodeOf('gateway', 20, 0), nodeOf('isp', 20, 20, { isUsed: false }), nodeOf('anchor', 20, 20)];
  assert.match(words([outageOf(1, begin, 60, { nodes: deaf })]).text, /Your router answered all the time\./);
});

test('what came with it and what was not measured is said', () => {
  const main = outageOf(1, begin, 120, { endedBy: 'gap' });
  const names = outageOf(2, begin + minute, 40, { symptom: 'names', verdict: 'dns', candidates: ['dns'] });
  const gap = gapOf(1, begin + 2 * minute, begin + 32 * minute);
  const { title, text } = words([main, names], { gaps: [gap] });
  assert.equal(title, 'No Internet for at least 2 min');
  assert.match(text, /Also, names were not resolved \(40 s\)\./);
  assert.match(
    text,
    /Nothing was measured from 19:44:07 to 20:14:07: the box was without power or was reset\./,
  );
  assert.match(text, /Watching stopped while it lasted, so when it ended is not known\.$/);
});

test('what a gap parted counts as one interruption, of which the middle is not known', () => {
  const cut = outageOf(1, begin, 120, { endedBy: 'gap' });
  const after = outageOf(2, begin + 32.5 * minute, 90);
  const gaps = [gapOf(1, begin + 2 * minute, begin + 32 * minute)];
  const { title, text } = words([cut, after], { gaps });
  assert.equal(title, 'No Internet for at least 3 min 30 s');
  assert.match(
    text,
    /^The Internet was down from 19:42:07 to 20:16:07, as far as it was watched \(3 min 30 s\)\./,
  );
  const third = outageOf(3, begin + 40 * minute, 60);
  assert.equal(words([cut, after, third], { gaps }).title, 'No Internet twice, at least 4 min 30 s in total');
  assert.equal(
    words([cut, after]).title,
    'No Internet twice, 3 min 30 s in total',
    'without a gap they are two',
  );
});

test('of several lines the one that is spoken of is named', () => {
  const { title, text } = words([outageOf(1, begin, 60)], { lineName: 'fibre' });
  assert.equal(title, 'Line fibre: No Internet for 1 min');
  assert.match(text, /^Line fibre: The Internet was down/);
});

test('the gravest decides, by length and confidence, and doubt never wins over knowledge', () => {
  const cause = (outages: Outage[]) => {
    const { verdict, confidence, kind, severity } = find(outages.map(memberOf), begin + 60 * minute);
    return { verdict, confidence, kind, severity };
  };
  const access = outageOf(1, begin, 100, { confidence: 0.9, severity: 'high' });
  const isp = outageOf(2, begin + 5 * minute, 300, { verdict: 'isp', confidence: 0.8 });
  assert.deepEqual(cause([access, isp]), {
    verdict: 'isp',
    confidence: 0.6, // 300 × 0.8 / 400
    kind: 'outage',
    severity: 'critical',
  });
  const slow = outageOf(3, begin, 3000, { kind: 'degradation', symptom: 'latency', verdict: 'lan' });
  assert.equal(cause([access, slow]).verdict, 'access', 'an outage counts before a degradation');
  const unclear = outageOf(4, begin, 3000, { verdict: 'unclear', candidates: [], confidence: 0.3 });
  assert.deepEqual(cause([access, unclear]), {
    verdict: 'access',
    confidence: 0.03, // 100 × 0.9 / 3100
    kind: 'outage',
    severity: 'critical',
  });
  assert.equal(cause([unclear, slow]).verdict, 'lan', 'what a degradation shows is better than nothing');
  assert.equal(cause([unclear]).verdict, 'unclear');
});

test('each moment is down or unwell once, and only the line as a whole counts where it was down', () => {
  const { downMs, degradedMs, startedMs, endedMs } = find(
    [
      outageOf(1, begin, 60),
      outageOf(2, begin + 30_000, 60), // overlaps by 30 s
      outageOf(3, begin, 300, { symptom: 'names', verdict: 'dns' }),
      outageOf(4, begin + 400_000, 100, { kind: 'degradation', symptom: 'loss' }),
    ].map(memberOf),
    begin + 60 * minute,
  );
  assert.equal(downMs, 90_000);
  assert.equal(degradedMs, 210_000 + 100_000);
  assert.deepEqual([startedMs, endedMs], [begin, begin + 500_000]);
});
