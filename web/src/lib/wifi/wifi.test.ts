import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpeedTest } from '../../../../appliance/features/watch/speedtest/schema.ts';
import { verdictOf } from './hops.ts';
import type { WifiResult } from './measure.ts';
import { keepRooms, mostRooms, readRooms } from './rooms.ts';
import { recentMbps, steadyMbps } from './steady-rate.ts';

const wifi = (downMbps: number | null, upMbps: number | null, isStrained = false): WifiResult => ({
  atMs: 0,
  downMbps,
  upMbps,
  idleMs: 3,
  loadedDownMs: 20,
  loadedUpMs: 30,
  isStrained,
  isEncrypted: false,
});
const internet: SpeedTest = {
  id: '1',
  at: '2026-11-22T12:00:00.000Z',
  line: 'main',
  family: 'ipv4',
  engine: 'peer',
  server: null,
  outcome: 'ok',
  downloadMbps: 94,
  uploadMbps: 20,
  idleMs: 12,
  loadedDownMs: 40,
  loadedUpMs: 200,
  grade: 'C',
  rpm: 300,
  bytes: 1,
  flags: [],
};
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('the hop that carries less holds the other back, by what does not arrive', () => {
  const { slower, text } = verdictOf(wifi(47, 40), internet);
  assert.equal(slower, 'wifi');
  assert.equal(
    plain(text),
    'The Wi-Fi is the slower part: downwards, 47.0 Mbit/s of the 94.0 Mbit/s at the box arrive here, 50 % less.',
  );
});

test('where the Internet is slower both ways, it says how much more the Wi-Fi carries', () => {
  const { slower, text } = verdictOf(wifi(282, 210), internet);
  assert.equal(slower, 'internet');
  assert.match(plain(text), /downwards, the Wi-Fi carries 3.0 times as much; upwards, .* 11 times/);
});

test('differences that two tests have anyway blame nobody', () => {
  assert.equal(verdictOf(wifi(90, 21), internet).slower, 'same');
});

test('one slow direction of the Wi-Fi is enough', () => {
  assert.equal(verdictOf(wifi(300, 9), internet).slower, 'wifi');
});

test('a device that could not keep up is not taken for slow Wi-Fi without a word', () => {
  assert.match(verdictOf(wifi(47, 40, true), internet).text, /may be the device/);
});

test('without both numbers nothing is judged', () => {
  assert.equal(verdictOf(null, internet).slower, 'unknown');
  assert.equal(verdictOf(wifi(47, 40), null).slower, 'unknown');
  assert.equal(verdictOf(wifi(null, null), internet).slower, 'unknown');
});

test('the rate leaves the start out and is taken between two counts', () => {
  const counts = [0, 250, 500, 1000, 2000, 3000].map((atMs) => ({
    atMs,
    bytes: atMs < 1000 ? atMs * 100 : 100_000 + (atMs - 1000) * 5000, // 40 Mbit/s from the first second on
  }));
  assert.equal(steadyMbps(counts), 40);
  assert.equal(recentMbps(counts), 40);
});

test('too little, or nothing that arrived, is no rate', () => {
  assert.equal(steadyMbps([]), null);
  assert.equal(
    steadyMbps([
      { atMs: 0, bytes: 1 },
      { atMs: 900, bytes: 1e6 },
    ]),
    null,
  );
  const still = [0, 1000, 2000].map((atMs) => ({ atMs, bytes: 5 }));
  assert.equal(steadyMbps(still), null);
});

test('rooms are kept newest first and bounded; what something else wrote is left out', () => {
  let kept = '';
  const storage = {
    getItem: () => kept,
    setItem(_: string, value: string) {
      kept = value;
    },
  };
  const room = (name: string) => ({ ...wifi(40, 30), room: name });
  assert.equal(keepRooms([room('Kitchen'), room('Attic')], storage), true);
  assert.deepEqual(
    readRooms(storage).map((one) => one.room),
    ['Kitchen', 'Attic'],
  );
  keepRooms(
    Array.from({ length: mostRooms + 5 }, (_, index) => room(`R${index}`)),
    storage,
  );
  assert.equal(readRooms(storage).length, mostRooms);
  kept = '[{"room":1},{"room":"x","atMs":"soon"},7]';
  assert.deepEqual(readRooms(storage), []);
  kept = 'not JSON';
  assert.deepEqual(readRooms(storage), []);
});

test('a browser that refuses storage is no failure', () => {
  const refuse = () => {
    throw new Error('refused');
  };
  assert.deepEqual(readRooms({ getItem: refuse }), []);
  assert.equal(keepRooms([], { setItem: refuse }), false);
});
