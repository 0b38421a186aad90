import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytes,
  count,
  duration,
  msNumber,
  roughly,
  rtt,
  sentence,
  share,
  unbroken,
  uptimeShare,
} from './format.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('round-trip times have two or three significant digits and their unit', () => {
  assert.equal(plain(rtt(0.042)), '0.04 ms');
  assert.equal(plain(rtt(0.42)), '0.42 ms');
  assert.equal(plain(rtt(8.44)), '8.4 ms');
  assert.equal(plain(rtt(9.97)), '10.0 ms');
  assert.equal(plain(rtt(14.23)), '14.2 ms');
  assert.equal(plain(rtt(142.3)), '142 ms');
  assert.equal(plain(rtt(12_340)), '12.3 s');
});

test('what did not answer has no number', () => {
  assert.equal(rtt(null), '—');
  assert.equal(rtt(Number.NaN), '—');
  assert.equal(share(null), '—');
});

test('a loss is never rounded away, and an incomplete one never to everything', () => {
  assert.equal(plain(share(0)), '0 %');
  assert.equal(plain(share(0.000001)), '< 0.01 %');
  assert.equal(plain(share(0.0004)), '0.04 %');
  assert.equal(plain(share(0.012)), '1.2 %');
  assert.equal(plain(share(0.37)), '37 %');
  assert.equal(plain(share(0.9999)), '99.9 %');
  assert.equal(plain(share(1)), '100 %');
});

test('an uptime is never rounded up', () => {
  assert.equal(plain(uptimeShare(1)), '100 %');
  assert.equal(plain(uptimeShare(0.9999999)), '99.999 %');
  assert.equal(plain(uptimeShare(0.99987)), '99.987 %');
  assert.equal(plain(uptimeShare(0.99459)), '99.45 %');
  assert.equal(plain(uptimeShare(0.9459)), '94.5 %');
  assert.equal(plain(uptimeShare(0)), '0.0 %');
  assert.equal(uptimeShare(null), '—');
});

test('durations are said in their two largest units', () => {
  assert.equal(plain(duration(12_400)), '12 s');
  assert.equal(plain(duration(563_000)), '9 min 23 s');
  assert.equal(plain(duration(3 * 3_600_000)), '3 h');
  assert.equal(plain(duration(18 * 86_400_000 + 4 * 3_600_000)), '18 days 4 h');
  assert.equal(plain(duration(86_400_000)), '1 day');
  assert.equal(plain(roughly(18 * 86_400_000 + 4 * 3_600_000)), '18 days');
});

test('a number and its unit stay on one line', () => {
  assert.ok(!rtt(14).includes(' '));
  assert.ok(!share(0.5).includes(' '));
  const said = unbroken('No answer since 19:42:07 (3 min 12 s). 8.7 ms, 12 % of 5 sites.');
  assert.equal(said, 'No answer since 19:42:07 (3\u00a0min 12\u00a0s). 8.7\u00a0ms, 12\u00a0% of 5 sites.');
});

test('large counts are grouped', () => {
  assert.equal(count(2_594_760), '2,594,760');
  assert.equal(msNumber(250), '250');
});

test('what is told of an error ends like a sentence, once', () => {
  assert.equal(sentence('This is not the password'), 'This is not the password.');
  assert.equal(sentence('Wait for the next one.'), 'Wait for the next one.');
});

test('amounts of data have the unit that keeps them short', () => {
  assert.deepEqual(
    [0, 812, 1500, 45_000_000, 864_000_000, 2.1e9].map((value) => plain(bytes(value))),
    ['0 B', '812 B', '1.5 kB', '45 MB', '864 MB', '2.1 GB'],
  );
});
