import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NameQuestion } from '../../../core/network.ts';
import { tracedLine } from '../../../testing/fakes/traced-line.ts';
import { HopFacts } from './hop-facts.ts';
import { NetworkTable } from './network-table.ts';
import type { Network } from './schema.ts';

const answers: Record<string, string> = {
  '1.1.168.192.in-addr.arpa': 'router.home.',
  '1.1.1.1.in-addr.arpa': 'one.example.',
  '1.1.1.1.origin.asn.cymru.com': '64500 | 1.1.1.0/24 | AU | apnic | 2011-08-11',
  '4.4.8.8.origin.asn.cymru.com': '64500 | 8.8.4.0/24 | US | arin | 2011-08-11',
  'AS64500.asn.cymru.com': '64500 | US | arin | 2010-07-14 | EXAMPLE, US',
};

function scene({ hasConsent = false, isAnswering = true, saved = [] as string[] } = {}) {
  const line = tracedLine({ config: { consent: { asnLookup: hasConsent } } });
  const asked: NameQuestion[] = [];
  line.net.ask = async (question) => {
    asked.push(question);
    const data = answers[question.name];
    const facts = { rttUs: 1000, rcode: 0, ttlSeconds: 60 };
    return data === undefined
      ? { ...facts, outcome: 'nxdomain', answers: [] }
      : { ...facts, outcome: 'answer', answers: [data] };
  };
  const table = new NetworkTable(line.store.state);
  table.add = async (found: ReadonlyMap<string, Network | null>) => {
    saved.push(...found.keys());
  };
  const facts = new HopFacts({ context: line.context, table, isAnswering: () => isAnswering });
  const hopOf = (address: string) => ({
    ttl: 1,
    addresses: [address],
    segment: null,
    sent: 1,
    lost: 0,
    rttMs: 1,
    bestMs: 1,
    worstMs: 1,
  });
  const find = async (...addresses: string[]) => {
    const done = facts.find(addresses.map(hopOf));
    await line.pass(3000);
    await done;
    return facts.dress(addresses.map(hopOf)).map(({ name, network }) => ({ name, network }));
  };
  return { ...line, asked, facts, find, saved };
}

const cymru = (asked: readonly NameQuestion[]) => asked.filter(({ name }) => name.includes('cymru'));

test('without consent nobody is asked who owns a router; names come from the own resolver', async () => {
  const { find, asked } = scene();
  assert.deepEqual(await find('192.168.1.1', '1.1.1.1'), [
    { name: 'router.home', network: null },
    { name: 'one.example', network: null },
  ]);
  assert.deepEqual(cymru(asked), []);
  assert.ok(asked.every(({ address, type }) => address === '192.168.1.1' && type === 'PTR'));
});

test('with consent owners are asked for, of public addresses only, and each once', async () => {
  const { find, asked, saved } = scene({ hasConsent: true });
  const found = await find('192.168.1.1', '100.64.0.1', '203.0.113.7', '1.1.1.1', '8.8.4.4');
  const owner = 'EXAMPLE, US';
  assert.deepEqual(
    found.map(({ network }) => network),
    [
      null,
      null,
      null,
      { asn: 64500, prefix: '1.1.1.0/24', owner },
      { asn: 64500, prefix: '8.8.4.0/24', owner },
    ],
  );
  assert.deepEqual(
    cymru(asked).map(({ name, type }) => [name, type]),
    [
      ['1.1.1.1.origin.asn.cymru.com', 'TXT'],
      ['AS64500.asn.cymru.com', 'TXT'],
      ['4.4.8.8.origin.asn.cymru.com', 'TXT'],
    ],
  );
  assert.deepEqual(saved, ['1.1.1.1', '8.8.4.4']);
  const before = asked.length;
  await find('1.1.1.1', '8.8.4.4', '192.168.1.1');
  assert.equal(asked.length, before);
});

test('when consent is taken back nothing more is asked or shown', async () => {
  const { find, asked, changeConfig } = scene({ hasConsent: true });
  await find('1.1.1.1');
  changeConfig({ consent: { asnLookup: false } });
  const before = cymru(asked).length;
  assert.deepEqual(
    (await find('1.1.1.1', '8.8.4.4')).map(({ network }) => network),
    [null, null],
  );
  assert.equal(cymru(asked).length, before);
});

test('while the line is down nobody is asked for anything', async () => {
  const { find, asked } = scene({ hasConsent: true, isAnswering: false });
  assert.deepEqual(await find('1.1.1.1'), [{ name: null, network: null }]);
  assert.deepEqual(asked, []);
});

test('a name server that does not answer is asked again later, and not at once', async () => {
  const { find, asked, net, clock } = scene();
  const ask = net.ask;
  net.ask = async (question) => ({ ...(await ask(question)), outcome: 'timeout', answers: [] });
  await find('1.1.1.1');
  await find('1.1.1.1');
  assert.equal(asked.length, 1);
  clock.advance(11 * 60_000);
  net.ask = ask;
  assert.deepEqual(await find('1.1.1.1'), [{ name: 'one.example', network: null }]);
});
