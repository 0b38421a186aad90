import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../testing/fakes/clock.ts';
import { Throttle, throttleLimits } from './throttle.ts';

const dayMs = 86_400_000;

/** Whether the try was let through; it fails then. */
function fail(throttle: Throttle, address: string): boolean {
  try {
    throttle.begin(address);
  } catch {
    return false;
  }
  throttle.end(address, 'wrong');
  return true;
}

const waitOf = (throttle: Throttle, address: string): number => {
  try {
    throttle.begin(address);
  } catch (error) {
    return (error as { details: { retryAfterSeconds: number } }).details.retryAfterSeconds;
  }
  throttle.end(address, 'undecided');
  return 0;
};

test('after five failures an address waits, each time twice as long, up to a quarter of an hour', () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock);
  for (let guess = 0; guess < 5; guess += 1) assert.equal(fail(throttle, 'a'), true);
  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const seconds = waitOf(throttle, 'a');
    waits.push(seconds);
    clock.advance(seconds * 1000 - 1);
    assert.equal(fail(throttle, 'a'), false, 'a millisecond too early');
    clock.advance(1);
    assert.equal(fail(throttle, 'a'), true);
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
  assert.equal(waitOf(throttle, 'b'), 0, 'another address');
});

test('a success forgets the failures', () => {
  const throttle = new Throttle(new FakeClock());
  for (let guess = 0; guess < 4; guess += 1) fail(throttle, 'a');
  throttle.begin('a');
  assert.equal(throttle.end('a', 'right'), 0);
  assert.equal(throttle.size, 0);
  for (let guess = 0; guess < 4; guess += 1) assert.equal(fail(throttle, 'a'), true);
});

test('tries at the same time are counted before they end', () => {
  const throttle = new Throttle(new FakeClock());
  for (let guess = 0; guess < 5; guess += 1) throttle.begin('a');
  assert.throws(() => throttle.begin('a'), { code: 'TOO_MANY_TRIES', status: 429 });
  for (let guess = 0; guess < 5; guess += 1) throttle.end('a', 'wrong');
  assert.equal(waitOf(throttle, 'a'), 30);
});

test('whatever its rhythm, one address has fewer than 500 guesses a day', () => {
  const rhythms: [string, (clock: FakeClock, throttle: Throttle) => void][] = [
    ['as soon as it may', (clock) => clock.advance(1000)],
    ['four in a window', (clock) => clock.advance(throttleLimits.windowMs / 4 + 1)],
    [
      'five, then a window of rest',
      (clock, throttle) => clock.advance(waitOf(throttle, 'a') > 0 ? throttleLimits.windowMs : 1),
    ],
    [
      'seven, then a window of rest',
      (clock, throttle) => clock.advance(waitOf(throttle, 'a') > 100 ? throttleLimits.windowMs : 1000),
    ],
    [
      'until it must wait long, then hours of rest',
      (clock, throttle) => clock.advance(waitOf(throttle, 'a') > 800 ? throttleLimits.forgetMs : 1000),
    ],
  ];
  for (const [name, rest] of rhythms) {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    const start = clock.monoMs();
    let guesses = 0;
    while (clock.monoMs() - start < dayMs) {
      if (fail(throttle, 'a')) guesses += 1;
      rest(clock, throttle);
    }
    assert.ok(guesses < 500, `${name}: ${guesses}`);
  }
});

test('thirty failures of the whole device within an hour make every try slow, and the hour ends', () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock);
  for (let guess = 0; guess < 29; guess += 1) fail(throttle, `10.0.0.${guess}`);
  assert.equal(throttle.isSlow, false);
  fail(throttle, '10.0.1.1');
  assert.equal(throttle.isSlow, true);
  assert.equal(waitOf(throttle, '10.0.2.2'), 0, 'nobody is locked out');
  clock.advance(throttleLimits.deviceWindowMs);
  assert.equal(throttle.isSlow, false);
});

test('a flood from many addresses takes bounded memory, and who has to wait is remembered longest', () => {
  const throttle = new Throttle(new FakeClock());
  for (let guess = 0; guess < 5; guess += 1) fail(throttle, 'guesser');
  for (let address = 0; address < 50_000; address += 1) fail(throttle, `2001:db8::${address.toString(16)}`);
  assert.equal(throttle.size, throttleLimits.addresses);
  assert.ok(waitOf(throttle, 'guesser') > 0);
});
