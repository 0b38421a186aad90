import assert from 'node:assert/strict';
import { describe, it, type TestContext, test } from 'node:test';
import type { ConfigSections } from '../../../core/feature.ts';
import type { NameQuestion, NameReply } from '../../../core/network.ts';
import { openTest, temporaryFolder } from '../../../store/test-store.ts';
import { fakeContext, settle } from '../../../testing/fakes/context.ts';
import { FakeLatency, fakeTarget } from '../../../testing/fakes/latency.ts';
import type { LinkChanged } from '../latency/schema.ts';
import { answerMigrations } from './answer-log.ts';
import { createAskOnce } from './ask-once.ts';
import { knownNameMigrations } from './known-names.ts';
import type { AskedName, NameAnswer } from './schema.ts';
import { DnsService } from './service.ts';

const names = ['example.com', 'wikipedia.org', 'debian.org'];
const addresses: Record<string, string> = {
  'example.com': '93.184.215.14',
  'wikipedia.org': '208.80.154.224',
  'debian.org': '128.31.0.62',
};

class Latency extends FakeLatency {
  now: LinkChanged = {
    at: '',
    lines: [
      {
        name: 'main',
        interface: 'eth0',
        gateways: ['192.168.1.1'],
        ispHops: [],
        resolvers: ['192.168.1.1', '198.51.100.53'],
      },
    ],
  };
  override link = () => this.now as never; // the fake it extends knows no lines
}

type Say = (question: NameQuestion) => Partial<NameReply> & { afterMs?: number };

const truth: Say = ({ name, type }) =>
  name in addresses && type === 'A'
    ? { outcome: 'answer', answers: [addresses[name]!] }
    : name in addresses
      ? { outcome: 'empty' }
      : { outcome: 'nxdomain' };
const fail =
  (outcome: NameReply['outcome'], afterMs = 10): Say =>
  () => ({ outcome, afterMs });

async function open(
  t: TestContext,
  options: { dns?: Partial<ConfigSections['dns']>; isStored?: boolean } = {},
) {
  const latency = new Latency([
    fakeTarget({ id: 'a1', segment: 'anchor', address: '1.1.1.1' }),
    fakeTarget({ id: 'a2', segment: 'anchor', address: '203.0.113.80' }),
  ]);
  const fake = fakeContext({
    ports: { latency },
    config: {
      dns: {
        resolvers: 'auto',
        names,
        intervalMs: 10_000 * names.length,
        pulseMs: 1000,
        compare: [],
        ...options.dns,
      },
    },
  });
  const { clock, net, bus } = fake;
  const asked: { atMs: number; server: string; question: NameQuestion }[] = [];
  const servers: Record<string, Say> = {
    '192.168.1.1': truth,
    '198.51.100.53': truth,
    '9.9.9.9': truth,
    '1.1.1.1': truth,
    '203.0.113.80': fail('unreachable'),
  };
  net.ask = (question, signal) => {
    asked.push({ atMs: clock.monoMs(), server: question.address, question });
    const { afterMs = 10, ...said } = servers[question.address]?.(question) ?? {};
    const isReply = ['answer', 'nxdomain', 'empty', 'servfail', 'refused'].includes(said.outcome ?? '');
    const reply = { outcome: 'timeout', rcode: null, answers: [], ttlSeconds: null, ...said } as const;
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      clock.after(isReply ? afterMs : reply.outcome === 'timeout' ? question.timeoutMs : 1, () =>
        resolve({ ...reply, answers: [...reply.answers], rttUs: isReply ? afterMs * 1000 : Number.NaN }),
      );
    });
  };
  const { context } = fake;
  if (options.isStored) {
    const migrations = [...knownNameMigrations, ...answerMigrations];
    context.store = (await openTest(t, { dataFolder: temporaryFolder(t), migrations })).store;
  }
  const service = new DnsService(context, () => 0.5);
  const heard: AskedName[] = [];
  const changes: NameAnswer[] = [];
  service.onAsked((one) => heard.push(one));
  bus.on('names.changed', (answer) => changes.push(answer));
  await service.start();
  t.after(() => service.stop());
  /** Seconds pass, each with its answers. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds * 2; i += 1) {
      clock.advance(500);
      await settle();
    }
  };
  const askedSince = (atMs: number, server: string) =>
    asked.filter((one) => one.atMs > atMs && one.server === server).length;
  return { ...fake, context, latency, service, servers, asked, heard, changes, pass, askedSince };
}

describe('watching', () => {
  it('learns every name within seconds, then asks each server at its interval', async (t) => {
    const { pass, asked, askedSince, service, clock } = await open(t);
    await pass(16);
    for (const name of names) assert.ok(service.knowledge.names.get('main', name, 'A'), name);
    const calmMs = clock.monoMs();
    await pass(100);
    for (const server of ['192.168.1.1', '198.51.100.53']) {
      const count = askedSince(calmMs, server);
      assert.ok(count >= 10 && count <= 11, `${count} questions and one made-up name`);
    }
    const calm = asked.filter(({ atMs, question }) => atMs > calmMs && question.name in addresses);
    assert.equal(new Set(calm.map(({ atMs }) => atMs)).size, calm.length, 'never two servers at once');
    assert.ok(calm.some(({ question }) => question.type === 'AAAA'));
    assert.equal(askedSince(0, '1.1.1.1'), 0, 'nobody is asked to compare while all is well');
    assert.deepEqual(
      service.states().map(({ id, role, failed, p50Ms }) => [id, role, failed, p50Ms]),
      [
        ['192.168.1.1', 'router', 0, 10],
        ['198.51.100.53', 'system', 0, 10],
      ],
    );
  });

  it('tells when each question was sent and its outcome known', async (t) => {
    const { pass, heard, servers } = await open(t);
    await pass(2);
    const good = heard.at(-1);
    assert.ok(good);
    assert.equal(good.endedMonoMs - good.sentMonoMs, 10);
    assert.deepEqual([good.isTrusted, good.answer.outcome, good.answer.rttMs], [true, 'answer', 10]);
    servers['192.168.1.1'] = fail('timeout');
    await pass(8);
    const lost = heard.find(({ answer }) => answer.outcome === 'timeout');
    assert.ok(lost);
    assert.equal(lost.endedMonoMs - lost.sentMonoMs, 4000);
    assert.equal(lost.answer.rttMs, null);
  });

  it('says nothing of a name that never had an address', async (t) => {
    const { pass, heard, service, changes } = await open(t, { dns: { names: [...names, 'typo.example'] } });
    await pass(60);
    const typos = heard.filter(({ answer }) => answer.name === 'typo.example');
    assert.ok(typos.length > 5);
    assert.ok(typos.every(({ isTrusted, answer }) => !isTrusted && answer.outcome === 'nxdomain'));
    assert.deepEqual(changes, []);
    assert.ok(service.states().every(({ failed, last }) => failed === 0 && last?.outcome === 'answer'));
  });

  it('shows that nothing works where nothing ever did', async (t) => {
    const { pass, servers, service, heard } = await open(t);
    servers['192.168.1.1'] = fail('timeout');
    servers['198.51.100.53'] = fail('servfail');
    await pass(10);
    assert.deepEqual(
      service.states().map(({ id, last, failed }) => [id, last?.outcome, failed > 0]),
      [
        ['192.168.1.1', 'timeout', true],
        ['198.51.100.53', 'servfail', true],
        ['1.1.1.1', 'answer', false],
      ],
    );
    const own = heard.filter(({ answer }) => answer.role !== 'control');
    assert.ok(own.every(({ isTrusted }) => !isTrusted));
  });

  it('follows the network and the configuration', async (t) => {
    const { latency, service, bus, changeConfig, config, pass } = await open(t);
    await pass(5);
    const [line] = latency.now.lines;
    assert.ok(line);
    // The route is gone: who was the router still is.
    latency.now = { at: '', lines: [{ ...line, gateways: [] }] };
    bus.emit('link.changed', latency.now);
    assert.equal(service.servers()[0]?.role, 'router');
    assert.ok((service.states()[0]?.count ?? 0) > 2, 'and what is known of it stays');
    latency.now = { at: '', lines: [{ ...line, resolvers: ['198.51.100.53'] }] };
    bus.emit('link.changed', latency.now);
    changeConfig({ dns: { ...config.current.dns, compare: ['tcp://9.9.9.9'] } });
    assert.deepEqual(
      service.servers().map(({ id, role }) => [id, role]),
      [
        ['198.51.100.53', 'system'],
        ['tcp://9.9.9.9', 'configured'],
      ],
    );
    latency.now = { at: '', lines: [] };
    bus.emit('link.changed', latency.now);
    assert.deepEqual(service.servers(), []);
  });

  it('goes on when a question cannot be asked, and says so once', async (t) => {
    const { pass, net, log, heard } = await open(t);
    const { ask } = net;
    net.ask = async (question, signal) => {
      if (question.name === 'example.com') throw new Error('No DNS query can be made for example.com');
      return await ask(question, signal);
    };
    await pass(20);
    assert.equal(log.lines.filter(({ level }) => level === 'warn').length, 1);
    assert.ok(heard.length > 10);
  });
});

describe('trouble', () => {
  it('is hurried after by itself, compared with anchors that are name servers, and told once', async (t) => {
    const { pass, servers, changes, clock, askedSince, heard, service } = await open(t);
    await pass(80);
    for (const id of ['192.168.1.1', '198.51.100.53']) servers[id] = fail('servfail');
    const brokenMs = clock.monoMs();
    await pass(16);
    const first = heard.find(({ answer }) => answer.outcome === 'servfail');
    assert.ok(first && first.sentMonoMs - brokenMs <= 10_000);
    assert.deepEqual(changes.map(({ server, outcome }) => [server, outcome]).sort(), [
      ['192.168.1.1', 'servfail'],
      ['198.51.100.53', 'servfail'],
    ]);
    const secondMs = Date.parse(changes[0]?.at ?? '') - Date.parse(first.answer.at);
    assert.ok(secondMs <= 1000, `${secondMs} ms from the first failure to the second`);
    assert.ok(askedSince(brokenMs, '1.1.1.1') >= 3);
    assert.equal(askedSince(brokenMs, '203.0.113.80'), 1, 'nobody listens there: asked once an hour');
    assert.deepEqual(
      service.servers().map(({ id, role }) => [id, role]),
      [
        ['192.168.1.1', 'router'],
        ['198.51.100.53', 'system'],
        ['1.1.1.1', 'control'],
      ],
    );
    assert.ok(heard.every(({ answer }) => answer.server !== '203.0.113.80'));
    // Then every two seconds.
    await pass(20);
    const laterMs = clock.monoMs();
    await pass(20);
    assert.ok([10, 11].includes(askedSince(laterMs, '192.168.1.1')), `${askedSince(laterMs, '192.168.1.1')}`);
    for (const id of ['192.168.1.1', '198.51.100.53']) servers[id] = truth;
    await pass(20);
    assert.equal(changes.length, 4);
    const wellMs = clock.monoMs();
    await pass(60);
    assert.equal(askedSince(wellMs, '1.1.1.1'), 0, 'all is well: no more comparing');
  });

  it('of one name in one family is no outcome of the server, and no endless hurry', async (t) => {
    const { pass, servers, changes, clock, askedSince } = await open(t);
    const both: Say = (question) =>
      question.type === 'AAAA' ? { outcome: 'answer', answers: ['2606:4700::1'] } : truth(question);
    servers['192.168.1.1'] = both;
    servers['198.51.100.53'] = both;
    await pass(60);
    servers['192.168.1.1'] = truth; // now it filters IPv6 addresses
    await pass(120);
    assert.deepEqual(changes, []);
    const laterMs = clock.monoMs();
    await pass(100);
    assert.ok(askedSince(laterMs, '192.168.1.1') <= 16, `${askedSince(laterMs, '192.168.1.1')} in 100 s`);
    assert.equal(askedSince(0, '1.1.1.1'), 0);
  });

  it('slow is slow, not dead: hurried after once, and no other outcome', async (t) => {
    const { pass, servers, changes, clock, askedSince, service } = await open(t);
    await pass(80);
    servers['192.168.1.1'] = (question) => ({ ...truth(question), afterMs: 1500 });
    const slowMs = clock.monoMs();
    await pass(25);
    assert.ok(askedSince(slowMs, '192.168.1.1') >= 14, 'hurried');
    const [state] = service.states();
    assert.deepEqual([state?.last?.outcome, state?.last?.rttMs], ['answer', 1500]);
    assert.deepEqual(changes, []);
    const laterMs = clock.monoMs();
    await pass(60);
    assert.ok(askedSince(laterMs, '192.168.1.1') <= 8, 'known by now');
  });

  it('is suspected before the timeout', async (t) => {
    const { pass, servers, clock, asked } = await open(t);
    await pass(80);
    servers['192.168.1.1'] = fail('timeout');
    const silentMs = clock.monoMs();
    await pass(16);
    const times = asked
      .filter(({ server, atMs }) => server === '192.168.1.1' && atMs > silentMs)
      .map(({ atMs }) => atMs);
    assert.equal((times[1] ?? 0) - (times[0] ?? 0), 1000, 'the next question does not wait for the timeout');
  });

  it('of a private address for every name is wrong at the first answer', async (t) => {
    const { pass, servers, heard, changes, service } = await open(t);
    await pass(20);
    servers['192.168.1.1'] = ({ type }) =>
      type === 'A' ? { outcome: 'answer', answers: ['10.66.66.66'] } : { outcome: 'empty' };
    await pass(30);
    const first = heard.find(
      ({ answer }) => answer.server === '192.168.1.1' && answer.type === 'A' && answer.outcome !== 'answer',
    );
    assert.deepEqual([first?.answer.outcome, first?.isTrusted], ['wrong', true]);
    assert.match(first?.answer.reason ?? '', /^10\.66\.66\.66 is a private address; .* had .* before\.$/);
    assert.deepEqual(
      changes.map(({ server, outcome }) => [server, outcome]),
      [['192.168.1.1', 'wrong']],
    );
    for (const name of names)
      assert.deepEqual(service.knowledge.names.get('main', name, 'A')?.addresses, [addresses[name]]);
  });

  it('of one public address for every name is wrong as soon as all have it, and never learned', async (t) => {
    const { pass, servers, changes, service, heard } = await open(t);
    await pass(20);
    servers['192.168.1.1'] = ({ type }) =>
      type === 'A' ? { outcome: 'answer', answers: ['198.105.244.11'] } : { outcome: 'empty' };
    await pass(35);
    assert.deepEqual(
      changes.map(({ server, outcome }) => [server, outcome]),
      [['192.168.1.1', 'wrong']],
    );
    assert.match(changes[0]?.reason ?? '', /^All 3 names get 198\.105\.244\.11/);
    assert.equal(service.states()[0]?.last?.outcome, 'wrong');
    for (const name of names)
      assert.deepEqual(service.knowledge.names.get('main', name, 'A')?.addresses, [addresses[name]]);
    servers['192.168.1.1'] = truth;
    await pass(15);
    assert.equal(heard.findLast(({ answer }) => answer.server === '192.168.1.1')?.answer.outcome, 'answer');
  });

  it('is not a site that moves: its new address is learned', async (t) => {
    const { pass, servers, changes, service } = await open(t);
    await pass(20);
    const moved: Say = (question) =>
      question.name === 'debian.org' && question.type === 'A'
        ? { outcome: 'answer', answers: ['151.101.2.132'] }
        : truth(question);
    servers['192.168.1.1'] = moved;
    servers['198.51.100.53'] = moved;
    await pass(100);
    assert.deepEqual(changes, []);
    assert.deepEqual(service.knowledge.names.get('main', 'debian.org', 'A')?.addresses, [
      '151.101.2.132',
      '128.31.0.62',
    ]);
  });
});

describe('asking everybody', () => {
  it('is one question for one name to every server and anchor, kept with its reason', async (t) => {
    const { pass, service, context, heard, clock } = await open(t, {
      isStored: true,
      dns: { compare: ['9.9.9.9'] },
    });
    await pass(20);
    clock.advance(100);
    await settle();
    const before = heard.length;
    const both = [service.askAll('main', 'outage opened'), service.askAll('main', 'again')];
    clock.advance(20);
    const [answers = [], shared] = await Promise.all(both);
    assert.equal(answers, shared, 'who comes while it runs shares it');
    assert.deepEqual(
      answers.map(({ server, role, outcome }) => [server, role, outcome]),
      [
        ['192.168.1.1', 'router', 'answer'],
        ['198.51.100.53', 'system', 'answer'],
        ['9.9.9.9', 'configured', 'answer'],
        ['1.1.1.1', 'control', 'answer'],
      ],
    );
    assert.equal(new Set(answers.map(({ name }) => name)).size, 1);
    assert.equal(heard.length - before, 4, 'listeners hear them too');
    assert.deepEqual(await service.answersBetween(0, Number.MAX_SAFE_INTEGER), answers);
    const [row] = await context.store.state.all<{ kept_for: string }>('select kept_for from name_answers');
    assert.equal(row?.kept_for, 'outage opened');
    assert.deepEqual(await service.askAll('unknown'), []);
  });

  it('leaves calm hours without a write', async (t) => {
    const { pass, store } = await open(t);
    await pass(310);
    const afterLearning = store.written.length;
    assert.equal(afterLearning, names.length, 'one row a name, once');
    await pass(1200);
    assert.equal(store.written.length, afterLearning);
  });
});

test('a made-up name is asked for once an hour, and who has an address for it is shown', async (t) => {
  const { pass, servers, service, heard, asked } = await open(t);
  servers['192.168.1.1'] = (question) =>
    question.name in addresses ? truth(question) : { outcome: 'answer', answers: ['198.105.244.11'] };
  await pass(70);
  assert.deepEqual(
    service.states().map(({ isRedirectingMistakes }) => isRedirectingMistakes),
    [true, false],
  );
  await pass(600);
  const made = asked.filter(({ question }) => !(question.name in addresses));
  assert.equal(made.length, 2);
  assert.ok(
    heard.every(({ answer }) => answer.name in addresses),
    'it is no measurement',
  );
});

test('it stops in the middle of questions, and what it learned is written', async (t) => {
  const { pass, service, servers, store, clock, asked } = await open(t);
  await pass(5);
  servers['192.168.1.1'] = fail('timeout');
  await pass(2);
  await service.stop();
  assert.ok(store.written.some(({ sql }) => sql.includes('known_names')));
  const count = asked.length;
  clock.advance(60_000);
  assert.equal(asked.length, count);
});

describe('asking once', () => {
  const ask = async (
    world: Awaited<ReturnType<typeof open>>,
    request: Parameters<ReturnType<typeof createAskOnce>>[0],
  ) => {
    const answers = createAskOnce(world.context, world.service)(request, new AbortController().signal);
    world.clock.advance(5000);
    return await answers;
  };

  it('gives what each server says of any name, outside what is watched', async (t) => {
    const world = await open(t, { dns: { compare: ['9.9.9.9'] } });
    await world.pass(16);
    world.servers['9.9.9.9'] = () => ({ outcome: 'answer', answers: ['192.168.7.7'] });
    const before = world.heard.length;
    const answers = await ask(world, { name: 'nas.example.com' });
    assert.deepEqual(
      answers.map(({ server, outcome, answers, reason }) => [server, outcome, answers, reason]),
      [
        ['192.168.1.1', 'nxdomain', [], null],
        ['198.51.100.53', 'nxdomain', [], null],
        ['9.9.9.9', 'answer', ['192.168.7.7'], null],
      ],
    );
    const [watched] = (await ask(world, { name: 'example.com', server: '9.9.9.9' })).slice(-1);
    assert.deepEqual([watched?.outcome, watched?.answers], ['wrong', ['192.168.7.7']]);
    assert.ok(
      world.heard.slice(before).every(({ answer }) => answer.name in addresses && answer.server !== ''),
    );
  });

  it('takes names in other scripts and refuses what is no name', async (t) => {
    const world = await open(t);
    const [answer] = await ask(world, { name: 'bücher.example', type: 'AAAA' });
    assert.deepEqual([answer?.name, answer?.type], ['xn--bcher-kva.example', 'AAAA']);
    for (const name of ['a b', 'a..b', '.', 'http://example.com/', 'x'.repeat(64)])
      await assert.rejects(ask(world, { name }), { code: 'NAME_INVALID', status: 400 });
  });

  it('says which servers there are, and when it is too much', async (t) => {
    const world = await open(t);
    await assert.rejects(ask(world, { name: 'example.com', server: '4.4.4.4' }), {
      code: 'DNS_SERVER_UNKNOWN',
      message: 'There is no name server "4.4.4.4". There are: 192.168.1.1, 198.51.100.53',
    });
    const once = createAskOnce(world.context, world.service);
    const { signal } = new AbortController();
    const running = Array.from({ length: 4 }, () => once({ name: 'example.com' }, signal));
    await assert.rejects(once({ name: 'example.com' }, signal), { code: 'DNS_BUSY', status: 429 });
    world.clock.advance(5000);
    await Promise.all(running);
    world.latency.now = { at: '', lines: [] };
    world.bus.emit('link.changed', world.latency.now);
    await assert.rejects(ask(world, { name: 'example.com' }), { code: 'DNS_NO_SERVER', status: 409 });
  });
});
