import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PageReply, PageRequest } from '../../../core/network.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import { fakePage } from '../../../testing/fakes/page.ts';
import type { CheckedPage, PageCheck } from './schema.ts';
import { HttpCheckService } from './service.ts';

const one = 'http://one.example/generate_204';
const two = 'http://two.example/generate_204';
const anchors = (['ipv4', 'ipv6'] as const).map((family) =>
  fakeTarget({ id: `anchor-${family}`, segment: 'anchor', family }),
);

type Answer = (request: PageRequest) => PageReply | Promise<PageReply>;

async function open({ urls = [one, two], targets = anchors.slice(0, 1), intervalMs = 60_000 } = {}) {
  const latency = new FakeLatency(targets);
  const fake = fakeContext({ ports: { latency }, config: { httpCheck: { urls, intervalMs } } });
  const asked: PageRequest[] = [];
  const state = { answer: (() => fakePage()) as Answer };
  fake.net.fetchPage = async (request) => {
    asked.push(request);
    return await state.answer(request);
  };
  const service = new HttpCheckService(fake.context);
  const checked: CheckedPage[] = [];
  const changed: PageCheck[] = [];
  service.onChecked((each) => checked.push(each));
  fake.bus.on('page.changed', (each) => changed.push(each));
  service.start();
  /** Lets seconds pass, one after the other, and what is asked in each be answered. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      fake.clock.advance(1000);
      await settle();
    }
  };
  const outcomes = () => checked.map(({ check }) => check.outcome);
  return { ...fake, latency, service, asked, checked, changed, state, pass, outcomes };
}

const portal = () => fakePage({ status: 302, location: 'http://login.hotel/' });
const strange = () => fakePage({ status: 200, text: '<h1>Welcome</h1>' });
const lost = () => fakePage({ outcome: 'timeout', status: null, message: 'no page' });

test('every page is asked in every family once a minute, spread over it', async () => {
  const { asked, pass, clock, service } = await open({ targets: anchors });
  const times: number[] = [];
  service.onChecked(({ sentMonoMs }) => times.push(sentMonoMs));
  await pass(20);
  assert.equal(asked.length >= 4, true);
  const begun = asked.length;
  times.length = 0;
  const fromMs = clock.monoMs();
  await pass(60);
  assert.equal(asked.length - begun, 4);
  assert.deepEqual(
    new Set(asked.slice(begun).map(({ url, family }) => `${url} ${family}`)),
    new Set([`${one} ipv4`, `${one} ipv6`, `${two} ipv4`, `${two} ipv6`]),
  );
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? fromMs));
  assert.ok(Math.min(...gaps) >= 10_000, `asked ${times.join(', ')}`);
});

test('a check carries what was measured, and when', async () => {
  const { pass, checked, timeline } = await open({ urls: [one] });
  await pass(3);
  const [first] = checked;
  assert.equal(first?.endedMonoMs, (first?.sentMonoMs ?? 0) + 30);
  assert.deepEqual(first?.check, {
    line: 'main',
    url: one,
    family: 'ipv4',
    at: new Date(timeline.wallMs(first?.sentMonoMs ?? 0)).toISOString(),
    outcome: 'ok',
    status: 204,
    address: '203.0.113.10',
    dnsMs: 5,
    connectMs: 12,
    tlsMs: null,
    firstByteMs: 13,
    totalMs: 30,
    message: null,
    portal: null,
  });
});

test('in a hurry each page is asked every three seconds, and no longer than was said', async () => {
  const { pass, asked, service } = await open({ intervalMs: 3_600_000 });
  await pass(5);
  const before = asked.length;
  service.hurry('main', 12_000);
  await pass(12);
  assert.ok(Math.abs(asked.length - before - 8) <= 2, `${asked.length - before} in 12 s`);
  const after = asked.length;
  await pass(60);
  assert.equal(asked.length, after);
  service.hurry('elsewhere', 12_000);
});

test('calm times write nothing; a page that fails twice is told and kept once, and once when it is back', async () => {
  const { pass, state, changed, store } = await open({ urls: [one] });
  await pass(300);
  assert.equal(store.written.length, 0);
  state.answer = lost;
  await pass(300);
  state.answer = () => fakePage();
  await pass(300);
  assert.deepEqual(
    changed.map(({ outcome }) => outcome),
    ['timeout', 'ok'],
  );
  const inserts = store.written.filter(({ sql }) => sql.startsWith('insert into page_changes'));
  assert.equal(inserts.length, 2);
});

test('a first failure is looked at again within seconds, a single one is forgotten', async () => {
  const { pass, state, asked, changed, outcomes } = await open({ urls: [one] });
  await pass(130);
  const before = asked.length;
  let failures = 1;
  state.answer = () => (failures-- > 0 ? lost() : fakePage());
  await pass(70);
  assert.ok(asked.length - before >= 4, `${asked.length - before} checks`);
  assert.equal(outcomes().filter((outcome) => outcome === 'timeout').length, 1);
  assert.deepEqual(changed, []);
});

test('a redirect to another host is a portal at once, and quickly confirmed', async () => {
  const { pass, state, outcomes, changed, checked } = await open();
  await pass(130);
  const before = outcomes().length;
  state.answer = portal;
  await pass(75);
  const since = outcomes().slice(before);
  assert.deepEqual(new Set(since), new Set(['portal']));
  assert.ok(since.length > 6, `${since.length} checks`);
  assert.equal(checked.at(-1)?.check.portal, 'http://login.hotel/');
  assert.deepEqual(changed.map(({ url, outcome }) => [url, outcome]).sort(), [
    [one, 'portal'],
    [two, 'portal'],
  ]);
});

test('one page of strange content is a broken server, two are a portal', async () => {
  const { pass, state, outcomes } = await open();
  await pass(130);
  const before = outcomes().length;
  state.answer = ({ url }) => (url === one ? strange() : fakePage());
  await pass(120);
  assert.deepEqual(new Set(outcomes().slice(before)), new Set(['status', 'ok']));
  state.answer = strange;
  await pass(75);
  assert.equal(outcomes().at(-1), 'portal');
  assert.equal(outcomes().at(-2), 'portal');
});

test('a page without an address in a family is asked there seldom, and is nobody’s fault', async () => {
  const { pass, state, asked, changed, service } = await open({ urls: [one], targets: anchors });
  state.answer = ({ family }) =>
    family === 'ipv6' ? fakePage({ outcome: 'dns', status: null, message: 'no address' }) : fakePage();
  await pass(130);
  const before = asked.filter(({ family }) => family === 'ipv6').length;
  service.hurry('main', 60_000);
  await pass(60);
  assert.ok(asked.filter(({ family }) => family === 'ipv6').length - before <= 1);
  assert.deepEqual(changed, []);
});

test('everything is checked at once on demand, and two who ask share the answer', async () => {
  const { service, asked, checked } = await open({ targets: anchors, intervalMs: 3_600_000 });
  const [first, second] = await Promise.all([service.checkAll('main'), service.checkAll('main')]);
  assert.equal(asked.length, 4);
  assert.equal(checked.length, 4);
  assert.equal(first, second);
  assert.equal(first.length, 4);
  assert.deepEqual(await service.checkAll('elsewhere'), []);
});

test('no more than two fetches of a page wait at the same time', async () => {
  const { state, service, pass, asked } = await open({ urls: [one] });
  state.answer = () => new Promise(() => undefined);
  service.hurry('main', 60_000);
  await pass(60);
  assert.equal(asked.length, 2);
});

test('an answer that was overtaken by a later one changes nothing', async () => {
  const { state, service, pass, changed } = await open({ urls: [one] });
  await pass(130);
  const answers: ((reply: PageReply) => void)[] = [];
  state.answer = () => new Promise((answer) => answers.push(answer));
  service.hurry('main', 9000);
  await pass(7);
  assert.equal(answers.length, 2);
  answers[1]?.(fakePage());
  await settle();
  answers[0]?.(lost());
  await settle();
  assert.equal(service.watches()[0]?.last?.outcome, 'ok');
  assert.deepEqual(changed, []);
});

test('pages, families and the interface of a line are followed; what is gone is not told of', async () => {
  const { service, latency, bus, changeConfig, asked, pass, state, checked } = await open({ urls: [one] });
  await pass(3);
  latency.list = anchors;
  bus.emit('target.changed', { targets: anchors });
  assert.deepEqual(
    service.watches().map(({ family }) => family),
    ['ipv4', 'ipv6'],
  );
  const answers: ((reply: PageReply) => void)[] = [];
  state.answer = () => new Promise((answer) => answers.push(answer));
  const running = service.checkAll('main');
  await settle();
  const before = checked.length;
  changeConfig({
    httpCheck: { urls: [two], intervalMs: 60_000 },
    lines: [{ name: 'main', interface: 'wan1', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' }],
  });
  for (const answer of answers) answer(fakePage());
  assert.deepEqual(await running, []);
  assert.equal(checked.length, before);
  state.answer = () => fakePage();
  await pass(10);
  assert.equal(asked.at(-1)?.url, two);
  assert.equal(asked.at(-1)?.interfaceName, 'wan1');
});

test('a page that cannot be asked is complained of once and stops nothing', async () => {
  const { state, pass, log, asked } = await open({ urls: [one], intervalMs: 10_000 });
  state.answer = () => {
    throw new Error('no such page');
  };
  await pass(60);
  assert.ok(asked.length >= 5);
  assert.equal(log.lines.filter(({ level }) => level === 'warn').length, 1);
});

test('the end of the service ends what is under way', async () => {
  const { net, service, pass } = await open({ urls: [one] });
  let isAborted = false;
  net.fetchPage = (_, signal) =>
    new Promise((_fulfil, reject) =>
      signal?.addEventListener('abort', () => {
        isAborted = true;
        reject(signal.reason);
      }),
    );
  await pass(3);
  await service.stop();
  assert.equal(isAborted, true);
});
