import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRemoteCount, writeRemoteCount } from './remote-count.ts';

const facts = {
  elapsedUs: 250_000.4,
  appBytes: 900,
  tcpBytes: 1000,
  retransmits: 3,
  rttUs: 12_000,
  minRttUs: 9000,
  congestionControl: 'reno',
  client: '192.0.2.2:1',
  server: '192.0.2.1:80',
};

test('what we say is what we read, and TCP is believed before the application', () => {
  const expected = {
    elapsedUs: 250_000,
    bytes: 1000,
    retransmits: 3,
    congestionControl: 'reno',
    rttUs: 12_000,
  };
  assert.deepEqual(parseRemoteCount(writeRemoteCount('upload', facts), 'up'), expected);
  assert.deepEqual(parseRemoteCount(writeRemoteCount('download', facts), 'down'), expected);
});

test('a server that only counts in its application is understood', () => {
  const text = '{"AppInfo":{"ElapsedTime":1000,"NumBytes":77},"ConnectionInfo":{"CC":"<script>"}}';
  assert.deepEqual(parseRemoteCount(text, 'up'), {
    elapsedUs: 1000,
    bytes: 77,
    retransmits: null,
    congestionControl: null,
    rttUs: null,
  });
});

test('messages without a count, or with one that cannot be, are passed over', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"AppInfo":{"ElapsedTime":-1,"NumBytes":7}}',
    '{"TCPInfo":7}',
    '{',
  ])
    assert.equal(parseRemoteCount(text, 'up'), null, text);
});
