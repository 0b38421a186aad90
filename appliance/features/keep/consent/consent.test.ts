import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { openConfig } from '../../../config/load.ts';
import type { OutsideService } from '../../../core/calling.ts';
import type { Route } from '../../../core/feature.ts';
import { Calls } from '../../../net/calls.ts';
import { fakeContext } from '../../../testing/fakes/context.ts';
import { localRequest } from '../../../testing/fakes/request.ts';
import { consentSection } from './config.ts';
import { consent } from './index.ts';
import { type OutsideEntry, OutsideList } from './schema.ts';

const services: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'targets',
    name: 'Targets',
    purpose: 'Answer',
    learns: 'The address',
    protocol: 'ICMP',
    setting: 'targets',
    hosts: () => ['192.0.2.1'],
    bytesPerMonth: () => 77,
  },
  {
    kind: 'service',
    id: 'hook',
    name: 'The hook',
    purpose: 'Takes messages',
    learns: 'What they say',
    protocol: 'HTTPS',
    hosts: ['hook.test'],
    bytesPerMonth: 1000,
  },
  {
    kind: 'service',
    id: 'model',
    name: 'The model',
    purpose: 'Answers',
    learns: 'What you ask',
    protocol: 'HTTPS',
    hosts: [],
    bytesPerMonth: 5000,
    mayBeInside: true,
  },
];

async function world(t: TestContext, text = '# mine\nconsent: { hook: false } # for now\n') {
  const folder = await mkdtemp(join(tmpdir(), 'ist-consent-'));
  const file = join(folder, 'ist.yaml');
  await writeFile(file, text);
  const fakes = fakeContext();
  const { clock, log, bus, net } = fakes;
  const feature = consent(services);
  const config = await openConfig({
    sections: feature.config ?? {},
    file: null,
    candidates: [file],
    lastGoodFile: null,
    log,
    clock,
  });
  const calls = new Calls({
    services,
    config: config.port,
    ask: net.ask,
    clock,
    log,
    async callOut(_call, _limits, { count }) {
      count?.(10, 20);
      return {
        outcome: 'ok',
        message: null,
        status: 204,
        headers: {},
        body: new Uint8Array(),
        isCut: false,
        host: 'hook.test',
        address: '192.0.2.1',
        sentBytes: 10,
        receivedBytes: 20,
        tookMs: 1,
      };
    },
  });
  const parts = feature.setup?.({ ...fakes.context, config: config.port, calls });
  assert.ok(parts);
  await parts.start?.(new AbortController().signal);
  t.after(async () => {
    await parts.stop?.();
    config.stop();
    await rm(folder, { recursive: true });
  });
  const changes: unknown[] = [];
  bus.on('consent.changed', (change) => changes.push(change));
  const call = async (method: Route['method'], path: string, id = '', body: unknown = {}) => {
    const route = parts.routes?.find((each) => each.method === method && each.path === path);
    assert.ok(route, `${method} ${path}`);
    return route.handle(localRequest({ query: {}, params: { id }, body }));
  };
  return {
    ...fakes,
    calls,
    parts,
    changes,
    text: () => readFile(file, 'utf8'),
    list: () => call('GET', '/api/consent') as Promise<OutsideList>, // its route answers this
    put: (id: string, isOn: boolean) =>
      call('PUT', '/api/consent/:id', id, { isOn }) as Promise<OutsideEntry>, // same
  };
}

test('the section has a switch for every service, all off, and none for what is probed', () => {
  const section = consentSection(services);
  assert.deepEqual(Value.Default(section, {}), { hook: false, model: false });
  assert.equal(Value.Check(section, { hook: true, model: false, targets: true }), false);
  const { hook } = section.properties;
  assert.match(JSON.stringify(hook), /Takes messages\. It learns: what they say\. By HTTPS/);
  assert.deepEqual(Value.Default(Type.Object({ consent: consentSection([]) }), {}), { consent: {} });
});

test('the list names everybody, services first, with their switches and what they learn', async (t) => {
  const { list } = await world(t);
  const found = await list();
  assert.ok(Value.Check(OutsideList, found));
  assert.deepEqual(
    found.services.map(({ id, kind, isOn, setting }) => [id, kind, isOn, setting]),
    [
      ['hook', 'service', false, 'consent.hook'],
      ['model', 'service', false, 'consent.model'],
      ['targets', 'probing', true, 'targets'],
    ],
  );
  const [hook, model, targets] = found.services;
  assert.deepEqual([hook?.learns, hook?.hosts, hook?.bytesPerMonth], ['What they say', ['hook.test'], 1000]);
  assert.deepEqual([hook?.mayBeInside, model?.mayBeInside], [false, true]);
  assert.deepEqual([targets?.hosts, targets?.bytesPerMonth, targets?.total], [['192.0.2.1'], 77, null]);
});

test('a switch is written into the file, beside the comments, and holds at once', async (t) => {
  const { put, calls, text, changes } = await world(t);
  await assert.rejects(calls.to('hook').request({ url: 'https://hook.test/' }), { code: 'CONSENT_MISSING' });
  const entry = await put('hook', true);
  assert.equal(entry.isOn, true);
  assert.match(await text(), /# mine\nconsent: \{ hook: true \} # for now/);
  assert.equal((await calls.to('hook').request({ url: 'https://hook.test/' })).status, 204);
  await put('hook', false);
  await assert.rejects(calls.to('hook').request({ url: 'https://hook.test/' }), { code: 'CONSENT_MISSING' });
  assert.deepEqual(
    changes.map((change) => ({ ...(change as object), at: 0 })), // only its time is not the test's
    [
      { at: 0, id: 'hook', isOn: true },
      { at: 0, id: 'hook', isOn: false },
    ],
  );
});

test('contacts are counted in the list and in the metrics, and written once an hour at most', async (t) => {
  const { put, list, calls, clock, store, parts } = await world(t);
  await put('hook', true);
  clock.advance(600_000);
  for (let index = 0; index < 3; index += 1) await calls.to('hook').request({ url: 'https://hook.test/' });
  const [hook] = (await list()).services;
  assert.deepEqual(hook?.thisMonth, { contacts: 3, sentBytes: 30, receivedBytes: 60 });
  assert.equal(hook?.lastContactAt, new Date(clock.wallMs()).toISOString());
  const values = (parts.metrics ?? []).flatMap(({ name, collect }) =>
    collect().flatMap(({ labels, value }) =>
      labels?.service === 'hook' ? [`${name} ${labels.direction ?? ''} ${value}`] : [],
    ),
  );
  assert.deepEqual(values, [
    'outside_contacts_total  3',
    'outside_bytes_total sent 30',
    'outside_bytes_total received 60',
  ]);
  assert.equal(store.written.length, 0);
  clock.advance(3_600_000);
  await parts.stop?.();
  assert.equal(store.written.filter(({ sql }) => sql.startsWith('insert')).length, 1);
});

test('what cannot be switched is refused by name', async (t) => {
  const { put, text } = await world(t);
  const before = await text();
  await assert.rejects(put('nobody', true), { code: 'CONSENT_UNKNOWN', status: 404, message: /hook, model/ });
  await assert.rejects(put('targets', false), { code: 'CONSENT_FIXED', status: 409, message: /targets/ });
  for (const id of ['__proto__', 'hook.x', ''])
    await assert.rejects(put(id, true), { code: 'CONSENT_UNKNOWN' });
  assert.equal(await text(), before);
});
