import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import { PulseWatch } from './pulse.ts';
import type { NamePulse, NameServer } from './schema.ts';

const router: NameServer = {
  id: '192.168.1.1',
  line: 'main',
  address: '192.168.1.1',
  family: 'ipv4',
  transport: 'udp',
  role: 'router',
};
const target = fakeTarget({ id: 'resolver', address: router.address, method: 'dns', segment: 'resolver' });

function open() {
  const latency = new FakeLatency([
    target,
    fakeTarget({ id: 'ping', address: router.address, segment: 'gateway' }),
  ]);
  const hurried: string[] = [];
  const told: NamePulse[] = [];
  const watch = new PulseWatch(
    latency,
    () => [router],
    (line) => hurried.push(line),
  );
  watch.onPulse((pulse) => told.push(pulse));
  watch.start();
  watch.read();
  const answer = (sentMonoMs: number, rcode: number) =>
    latency.tell({
      target: 'resolver',
      sentMonoMs,
      endedMonoMs: sentMonoMs + 5,
      outcome: 'ok',
      rttUs: 5000,
      from: '',
      rcode,
    });
  return { latency, hurried, told, answer };
}

test('an answer says by its response code what it is worth', () => {
  const { answer, told } = open();
  for (const [second, rcode] of [0, 2, 3, 5, 4].entries()) answer(second * 1000, rcode);
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ['answer', 'servfail', 'nxdomain', 'refused', 'servfail'],
  );
});

test('the first question without a good answer brings the others, the next ones do not', () => {
  const { latency, hurried, told, answer } = open();
  answer(0, 0);
  latency.lose('resolver', 1000);
  latency.lose('resolver', 2000);
  assert.deepEqual(hurried, ['main']);
  answer(3000, 0);
  answer(4000, 2);
  assert.deepEqual(hurried, ['main', 'main']);
  assert.deepEqual(
    told.map(({ sentMonoMs, outcome, server }) => `${sentMonoMs} ${outcome} ${server.id}`),
    [
      '0 answer 192.168.1.1',
      '1000 timeout 192.168.1.1',
      '2000 timeout 192.168.1.1',
      '3000 answer 192.168.1.1',
      '4000 servfail 192.168.1.1',
    ],
  );
});

test('pings of the same address are no questions', () => {
  const { latency, told } = open();
  latency.lose('ping', 1000);
  assert.deepEqual(told, []);
});
