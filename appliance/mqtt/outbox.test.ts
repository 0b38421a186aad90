import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fakes/clock.ts';
import { FakeLog } from '../testing/fakes/log.ts';
import { Outbox, type Send } from './outbox.ts';

/** A broker that confirms when the test says. */
function begin() {
  const clock = new FakeClock();
  const sent: {
    topic: string;
    payload: string;
    isRetained: boolean;
    done: (problem: Error | null) => void;
  }[] = [];
  let stuck = 0;
  const outbox = new Outbox({
    clock,
    log: new FakeLog(),
    onStuck() {
      stuck += 1;
    },
  });
  const open: { done: (problem: Error | null) => void }[] = [];
  const send: Send = (topic, payload, isRetained, done) => {
    sent.push({ topic, payload, isRetained, done });
    open.push({ done });
  };
  return {
    clock,
    sent,
    outbox,
    send,
    stuck: () => stuck,
    confirmAll() {
      for (const { done } of open.splice(0)) done(null);
    },
    payloads: () => sent.map(({ topic, payload }) => `${topic}=${payload}`),
  };
}

test('while the broker is away, the last value of each topic waits and nothing else', () => {
  const { outbox, send, payloads } = begin();
  for (let value = 0; value < 10_000; value += 1) outbox.keep(`t${value % 3}`, String(value));
  assert.equal(outbox.waiting, 3);
  assert.equal(outbox.tell('event', 'x'), false, 'an event has nobody to hear it');
  outbox.open(send);
  assert.deepEqual(payloads(), ['t0=9999', 't1=9997', 't2=9998']);
});

test('a value that changes all the time goes once a second, the newest of it; unchanged it does not go', () => {
  const { outbox, send, sent, clock, payloads, confirmAll } = begin();
  outbox.open(send);
  for (let value = 0; value < 50; value += 1) {
    outbox.keep('t', String(value));
    confirmAll();
    clock.advance(100);
  }
  assert.equal(sent.length, 6);
  confirmAll();
  assert.equal(payloads().at(-1), 't=49');
  outbox.keep('t', '49');
  clock.advance(5000);
  assert.equal(sent.length, 6);
  outbox.keep('t', '49', { again: true });
  assert.equal(sent.length, 7, 'unless it is to be confirmed');
});

test('what was under way when the connection broke goes again over the next one', () => {
  const { outbox, send, sent, payloads } = begin();
  outbox.open(send);
  outbox.keep('a', '1');
  outbox.close();
  sent[0]?.done(null); // too late: nobody knows whether it arrived
  outbox.keep('b', '2');
  assert.equal(outbox.waiting, 2);
  outbox.open(send);
  assert.deepEqual(payloads().slice(1).sort(), ['a=1', 'b=2']);
});

test('an empty value takes a topic back, and it is forgotten once that is confirmed', () => {
  const { outbox, send, sent, clock, confirmAll } = begin();
  outbox.open(send);
  outbox.keep('a', '1');
  confirmAll();
  clock.advance(1000);
  outbox.keep('a', '');
  assert.deepEqual(sent.at(-1)?.payload, '');
  assert.equal(outbox.size, 1);
  sent.at(-1)?.done(null);
  assert.equal(outbox.size, 0);
  outbox.keep('never', '');
  assert.equal(outbox.size, 0);
});

test('no more than 32 messages are under way, and no more than 2000 topics are kept', () => {
  const { outbox, send, sent } = begin();
  for (let topic = 0; topic < 3000; topic += 1) outbox.keep(`t${topic}`, 'x');
  assert.equal(outbox.size, 2000);
  outbox.open(send);
  assert.equal(sent.length, 32);
  sent[0]?.done(null);
  assert.equal(sent.length, 33);
});

test('a broker that confirms nothing for twenty seconds is told of', () => {
  const { outbox, send, clock, stuck, sent } = begin();
  outbox.open(send);
  outbox.keep('a', '1');
  clock.advance(20_000);
  assert.equal(stuck(), 0);
  clock.advance(6000);
  assert.ok(stuck() > 0);
  sent[0]?.done(null);
  const before = stuck();
  clock.advance(60_000);
  assert.equal(stuck(), before);
});

test('everything goes once more on demand, the first topic first, and not what has just gone', () => {
  const { outbox, send, clock, payloads, confirmAll, sent } = begin();
  outbox.open(send);
  for (const topic of ['a', 'b', 'c']) outbox.keep(topic, topic);
  confirmAll();
  clock.advance(2000);
  outbox.keep('b', 'new');
  confirmAll();
  sent.length = 0;
  outbox.sendAll('c');
  assert.deepEqual(payloads(), ['c=c', 'a=a']);
});
