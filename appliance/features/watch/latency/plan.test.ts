import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkFacts } from '../../../core/probing.ts';
import type { LineConfig, TargetConfig } from './config.ts';
import { readLine } from './discovery.ts';
import { type PlannedTarget, planTargets, slugOf } from './plan.ts';

const line: LineConfig = { name: 'main', interface: 'auto', gateway: 'auto', ispHop: 'auto', ipv6: 'auto' };
const probing = { intervalMs: 1000, timeoutMs: 1000, dnsIntervalMs: 10_000, dnsName: 'example.com' };
const anchors: TargetConfig[] = [
  { name: 'Cloudflare', host: '1.1.1.1', host6: '2606:4700:4700::1111' },
  { name: 'My server', host: 'www.example.org' },
];
const v4Route = { family: 'ipv4', interfaceName: 'eth0', gateway: '192.168.1.1', metric: 100 } as const;
const v6Route = { family: 'ipv6', interfaceName: 'eth0', gateway: 'fe80::1', metric: 100 } as const;

const link = (facts: Partial<LinkFacts> = {}): LinkFacts => ({
  defaultRoutes: [v4Route],
  resolvers: ['192.168.1.1', '9.9.9.9'],
  interfaces: [{ name: 'eth0', isUp: true, hasCarrier: true, addresses: ['192.168.1.2'] }],
  ...facts,
});
const ids = (planned: PlannedTarget[]) => planned.map(({ id }) => id);

test('one IPv4 line gives router, resolvers and the targets that have an IPv4 address', () => {
  const facts = readLine(line, link(), 'auto');
  assert.deepEqual(ids(planTargets([facts], anchors, probing)), [
    'gateway-ipv4',
    'resolver-192.168.1.1-dns',
    'resolver-9.9.9.9',
    'resolver-9.9.9.9-dns',
    'cloudflare-ipv4',
    'my-server-ipv4',
  ]);
});

test('the provider’s router becomes a target once it is found', () => {
  const facts = readLine(line, link(), 'auto');
  facts.families[0]!.ispHop = '100.64.1.1'; // one family in this link
  const found = planTargets([facts], [], probing).find(({ segment }) => segment === 'isp');
  assert.equal(found?.host, '100.64.1.1');
});

test('with an IPv6 route every target that can is probed in both families, the link-local router with its zone', () => {
  const facts = readLine(line, link({ defaultRoutes: [v4Route, v6Route] }), 'auto');
  const planned = planTargets([facts], anchors, probing);
  assert.equal(planned.find(({ id }) => id === 'gateway-ipv6')?.host, 'fe80::1%eth0');
  assert.equal(planned.find(({ id }) => id === 'cloudflare-ipv6')?.host, '2606:4700:4700::1111');
  assert.equal(planned.find(({ id }) => id === 'my-server-ipv6')?.host, 'www.example.org');
});

test('IPv6 that is switched off is not probed', () => {
  const facts = readLine({ ...line, ipv6: 'off' }, link({ defaultRoutes: [v4Route, v6Route] }), 'auto');
  assert.ok(planTargets([facts], anchors, probing).every(({ family }) => family === 'ipv4'));
});

test('without any route the IPv4 targets are still probed, so that their silence is seen', () => {
  const facts = readLine(line, link({ defaultRoutes: [], resolvers: [] }), 'auto');
  assert.deepEqual(ids(planTargets([facts], anchors, probing)), ['cloudflare-ipv4', 'my-server-ipv4']);
});

test('a second line has its own series and leaves by its interface', () => {
  const second: LineConfig = { ...line, name: 'LTE', interface: 'wwan0' };
  const both = link({
    defaultRoutes: [v4Route, { ...v4Route, interfaceName: 'wwan0', gateway: '10.0.0.1' }],
  });
  const planned = planTargets(
    [readLine(line, both, []), readLine(second, both, [])],
    anchors.slice(0, 1),
    probing,
  );
  const gateway = planned.find(({ id }) => id === 'lte.gateway-ipv4');
  assert.equal(gateway?.host, '10.0.0.1');
  assert.equal(gateway?.interfaceName, 'wwan0');
});

test('routers and resolvers are never pinged more than once a second', () => {
  const planned = planTargets([readLine(line, link(), 'auto')], anchors, { ...probing, intervalMs: 50 });
  assert.ok(
    planned.filter(({ segment }) => segment !== 'anchor').every(({ intervalMs }) => intervalMs >= 1000),
  );
  assert.equal(planned.find(({ segment }) => segment === 'anchor')?.intervalMs, 50);
});

test('a resolver on this machine is not a target', () => {
  const facts = readLine(line, link({ resolvers: ['127.0.0.1', '::1'] }), 'auto');
  assert.deepEqual(facts.resolvers, []);
});

test('two targets of one name keep apart', () => {
  const twice: TargetConfig[] = [
    { name: 'Work', host: '192.0.2.1' },
    { name: 'work', host: '192.0.2.2' },
  ];
  assert.deepEqual(
    ids(planTargets([readLine(line, link({ resolvers: [] }), 'auto')], twice, probing)).slice(1),
    ['work-ipv4', 'work-2-ipv4'],
  );
});

test('a name of no Latin letters still gives an id', () => {
  assert.equal(slugOf('Сервер'), 'target');
  assert.equal(slugOf('  Büro – Köln '), 'bu-ro-ko-ln');
});
