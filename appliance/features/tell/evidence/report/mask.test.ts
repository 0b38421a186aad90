import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type EvidenceWorld, evidenceWorld } from '../../../../testing/fakes/evidence-world.ts';
import { maskHome } from './mask.ts';
import { gather, type ReportMatter } from './matter.ts';
import { reportPage } from './page.ts';

let world: EvidenceWorld;
let matter: ReportMatter;

before(async () => {
  world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
  matter = await gather(world.context, world.service.box, 12);
});
after(() => world.close());

const withFact = (value: string): ReportMatter => {
  const [outage] = matter.record.outages;
  assert.ok(outage);
  const evidence = { ...outage.evidence, facts: [{ name: 'fact', value }] };
  return { ...matter, record: { ...matter.record, outages: [{ ...outage, evidence }] } };
};
const factOf = (masked: ReportMatter) => masked.record.outages[0]?.evidence.facts[0]?.value ?? '';

test('no address of the home is left in an anonymous report, and no name of its devices', async () => {
  const masked = await maskHome(matter);
  const everything = JSON.stringify(masked) + reportPage(masked);
  for (const secret of [
    '192.168.1.1"',
    '192.168.1.23',
    '203.0.113.77',
    'd8:3a:dd:01:02:03',
    'annas-printer',
    'fritz.box',
  ])
    assert.equal(everything.includes(secret), false, secret);
  assert.match(everything, /192\.168\.1\.x\d/);
});

test('routers and targets outside keep theirs: they are what the report is about', async () => {
  const everything = JSON.stringify(await maskHome(matter));
  for (const known of ['198.51.100.1', '198.51.100.77', '1.1.1.1', 'bng1.provider.example'])
    assert.ok(everything.includes(known), known);
});

test('routers of the provider keep theirs even where they are numbered from a private range', async () => {
  const targets = matter.targets.map((target) =>
    target.segment === 'isp' ? { ...target, address: '100.64.1.1' } : target,
  );
  const masked = await maskHome({ ...withFact('100.64.1.1 and 100.64.1.2'), targets });
  assert.match(factOf(masked), /^100\.64\.1\.1 and 100\.64\.1\.x\d+$/);
});

test('two addresses stay two, and the same one stays the same', async () => {
  const { record, detail } = await maskHome(matter);
  const nodes = record.outages[0]?.evidence.nodes ?? [];
  const masked = nodes
    .filter(({ segment }) => segment === 'gateway' || segment === 'lan')
    .map(({ address }) => address);
  assert.equal(new Set(masked).size, 2);
  const hops = detail.traces.before[0]?.hops ?? [];
  assert.equal(hops[0]?.addresses[0], nodes.find(({ segment }) => segment === 'gateway')?.address);
});

test('every way to write an address of the home is masked; times and versions are not taken for one', async () => {
  const masked = async (text: string) => factOf(await maskHome(withFact(text)));
  assert.match(await masked('via 10.0.0.7 dev eth0'), /^via 10\.0\.0\.x\d+ dev eth0$/);
  assert.match(await masked('100.64.3.9'), /^100\.64\.3\.x\d+$/);
  assert.match(await masked('resolver-192.168.1.1-dns'), /^resolver-192\.168\.1\.x\d+-dns$/);
  assert.match(await masked('2001:db8:77:1::23/64'), /^2001:db8::x\d+\/64$/);
  assert.match(await masked('fe80::1%eth0'), /^fe80::x\d+$/);
  assert.match(await masked('[fd00::17]:53'), /^\[fd00::x\d+\]:53$/);
  for (const text of ['12:00:03', '2026-11-22T10:30:03.250Z', '1.1.1.1', '24.21.0', '1:2'])
    assert.equal(await masked(text), text);
});

test('what would let somebody try addresses until they fit is left out', async () => {
  const masked = await maskHome(matter);
  assert.notEqual(matter.record.nonce, undefined);
  assert.equal(masked.record.nonce, undefined);
  assert.deepEqual(masked.record.attached, {});
  assert.equal(masked.recordText.includes(matter.record.nonce ?? ''), false);
});

test('links that name an address of the home stay at home, and the incident keeps its own', async () => {
  const named = { ...matter.links[0], seq: 9, payload: '{"target":"resolver-192.168.1.1-dns"}' };
  const masked = await maskHome({
    ...matter,
    links: [...matter.links, named as (typeof matter.links)[number]],
  });
  assert.deepEqual(
    masked.links.map(({ seq }) => seq),
    matter.links.map(({ seq }) => seq),
  );
});
