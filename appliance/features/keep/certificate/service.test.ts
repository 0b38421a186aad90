import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { certificateWorld, dayMs } from '../../../testing/fakes/certificate-world.ts';

const minuteMs = 60_000;

test('with TLS off nothing is made and nothing is written, and people are told', async (context) => {
  const { service, orders, folder, pass } = await certificateWorld(context, { tls: 'off' });
  await pass(minuteMs);
  const { inUse, notice, problem, certificate, authority } = service.status();
  assert.deepEqual(
    [inUse, problem, certificate, authority, service.current],
    ['none', null, null, null, null],
  );
  assert.match(notice ?? '', /read along.*http\.tls: local/);
  assert.deepEqual([orders, await readdir(folder)], [[], []]);
  assert.throws(() => service.authorityPem(), { code: 'TLS_NO_AUTHORITY', status: 404 });
  await assert.rejects(service.replaceAuthority(), { code: 'TLS_NO_AUTHORITY' });
});

test('switched on, the box makes an authority and a certificate for all its names, for its own user only', async (context) => {
  const { service, bus, change, folder } = await certificateWorld(context, { tls: 'off' });
  const told: unknown[] = [];
  bus.on('tls.changed', (event) => told.push(event));
  change({ tls: 'local' });
  await service.look();
  const { inUse, notice, problem, certificate, authority } = service.status();
  assert.deepEqual([inUse, notice, problem], ['local', null, null]);
  assert.deepEqual(certificate?.names, ['localhost', 'box', 'box.local', '127.0.0.1', '192.168.1.2']);
  assert.equal(certificate.subject, 'box.local');
  assert.match(certificate.issuer, /^Internet Stability Tracker on box [0-9a-f]{6}$/);
  assert.equal(certificate.issuer, authority?.name);
  assert.equal(certificate.daysLeft, 45);
  assert.equal(told.length, 1);
  assert.equal((await stat(join(folder, 'tls'))).mode & 0o777, 0o700);
  for (const name of ['authority.json', 'leaf.json']) {
    assert.equal((await stat(join(folder, 'tls', name))).mode & 0o777, 0o600);
  }
  assert.deepEqual((await readdir(join(folder, 'tls'))).sort(), ['authority.json', 'leaf.json']);
});

test('the next start goes on with the same certificate', async (context) => {
  const first = await certificateWorld(context);
  const second = await certificateWorld(context, { folder: first.folder });
  assert.deepEqual(second.service.current, first.service.current);
  assert.deepEqual(second.orders, []);
});

test('a certificate lives 47 days at most and is renewed long before its end, by the same authority', async (context) => {
  const { service, orders, pass } = await certificateWorld(context);
  const before = service.status();
  const changes: string[] = [];
  service.onChange(() => changes.push(service.status().certificate?.fingerprint ?? ''));
  await pass(29 * dayMs);
  assert.deepEqual(service.status().certificate?.fingerprint, before.certificate?.fingerprint);
  await pass(dayMs);
  const after = service.status();
  assert.notEqual(after.certificate?.fingerprint, before.certificate?.fingerprint);
  assert.deepEqual(changes, [after.certificate?.fingerprint]);
  assert.equal(after.authority?.fingerprint, before.authority?.fingerprint);
  assert.deepEqual(
    orders.map(({ kind }) => kind),
    ['authority', 'leaf', 'leaf'],
  );
  for (const { kind, startsAtMs, endsAtMs } of orders) {
    if (kind === 'leaf') assert.ok(endsAtMs - startsAtMs < 47 * dayMs);
  }
  const lived =
    Date.parse(before.certificate?.endsAt ?? '') - Date.parse(after.certificate?.startsAt ?? '') - dayMs;
  assert.ok(lived > 14 * dayMs, 'a fortnight switched off does no harm');
});

test('an authority is followed by another before it ends', async (context) => {
  const { service, pass, log } = await certificateWorld(context);
  const first = service.status().authority;
  await pass(3561 * dayMs);
  const { certificate, authority } = service.status();
  assert.notEqual(authority?.fingerprint, first?.fingerprint);
  assert.equal(certificate?.issuer, authority?.name);
  assert.equal(log.lines.filter(({ message }) => /new certificate authority/.test(message)).length, 2);
});

test('a new address is in the certificate at once; one that goes away stays in it', async (context) => {
  const { service, names, orders, clock, link } = await certificateWorld(context);
  clock.advance(minuteMs);
  const changed = new Promise<void>((resolve) => service.onChange(resolve));
  names.push('192.168.7.9', 'fe80::1', '2001:db8::7');
  link.change(link.facts);
  await changed;
  const { names: covered = [], uncovered } = service.status().certificate ?? {};
  assert.deepEqual(covered.slice(-2), ['192.168.7.9', '2001:db8::7']);
  assert.deepEqual(uncovered, []);
  assert.equal(orders.length, 3);
  names.splice(names.indexOf('192.168.7.9'), 1);
  clock.advance(minuteMs);
  await service.look();
  assert.equal(orders.length, 3);
});

test('addresses that change without end make one certificate a minute, and no more', async (context) => {
  const { service, names, orders, pass } = await certificateWorld(context);
  for (let second = 0; second < 180; second += 1) {
    names[4] = `192.168.2.${second}`;
    await pass(1000);
  }
  assert.equal(orders.filter(({ kind }) => kind === 'leaf').length, 4);
  assert.deepEqual(service.status().problem, null);
});

test('a name that the authority may not vouch for is told, and a new authority takes it in', async (context) => {
  const { service, change, orders, pass } = await certificateWorld(context);
  const first = service.status().authority?.fingerprint;
  change({ allowedHosts: ['status.example.org', 'monitor.lan'] });
  await pass(minuteMs);
  assert.deepEqual(service.status().certificate?.uncovered, ['status.example.org']);
  assert.ok(service.status().certificate?.names.includes('monitor.lan'));
  await service.look();
  assert.equal(orders.length, 3, 'it is not tried again and again');
  const { certificate, authority } = await service.replaceAuthority();
  assert.ok(certificate && authority);
  assert.deepEqual(certificate.uncovered, []);
  assert.ok(authority.allowed.includes('status.example.org'));
  assert.notEqual(authority.fingerprint, first);
  assert.equal(certificate.issuer, authority.name);
});

test('while the time is not known no certificate is made; it follows by itself', async (context) => {
  const { service, trust, timeline, orders, pass, log } = await certificateWorld(context, {
    isTimeKnown: false,
  });
  await pass(minuteMs);
  assert.deepEqual(
    [service.status().inUse, service.status().problem?.code, orders],
    ['none', 'TLS_CLOCK_UNKNOWN', []],
  );
  assert.equal(log.lines.filter(({ level }) => level === 'warn').length, 1, 'said once, not every minute');
  await assert.rejects(service.replaceAuthority(), { code: 'TLS_CLOCK_UNKNOWN', status: 409 });
  const changed = new Promise<void>((resolve) => service.onChange(resolve));
  trust.isSynchronised = true;
  timeline.check();
  await changed;
  assert.deepEqual([service.status().inUse, service.status().problem], ['local', null]);
});

test('a box that starts without the time goes on with its last certificate, whatever has changed', async (context) => {
  const first = await certificateWorld(context);
  const second = await certificateWorld(context, {
    folder: first.folder,
    isTimeKnown: false,
    names: ['localhost', '10.0.0.9'],
  });
  second.clock.stepWall(400 * dayMs);
  await second.pass(minuteMs);
  assert.deepEqual(second.service.current, first.service.current);
  const { problem, certificate } = second.service.status();
  assert.deepEqual([problem?.code, certificate?.daysLeft, second.orders], ['TLS_CLOCK_UNKNOWN', null, []]);
});

test('what was made under a clock that ran ahead is made anew when the clock is set right', async (context) => {
  const { service, clock, timeline, orders } = await certificateWorld(context);
  clock.stepWall(-900 * dayMs);
  timeline.check();
  await service.look();
  assert.deepEqual(
    orders.map(({ kind }) => kind),
    ['authority', 'leaf', 'authority', 'leaf'],
  );
  const nowMs = clock.wallMs();
  const { certificate, authority } = service.status();
  for (const made of [certificate, authority]) assert.ok(Date.parse(made?.startsAt ?? '') < nowMs);
});

test('damaged files are made anew, each as far as it is damaged', async (context) => {
  const first = await certificateWorld(context);
  const leaf = join(first.folder, 'tls', 'leaf.json');
  await writeFile(leaf, (await readFile(leaf, 'utf8')).slice(0, 300));
  const second = await certificateWorld(context, { folder: first.folder });
  assert.deepEqual(
    second.orders.map(({ kind }) => kind),
    ['leaf'],
  );
  const authority = join(first.folder, 'tls', 'authority.json');
  const text = await readFile(authority, 'utf8');
  await writeFile(authority, text.replace(/(-----BEGIN CERTIFICATE-----\\n.{40})./, '$1*'));
  const third = await certificateWorld(context, { folder: first.folder });
  assert.deepEqual(
    third.orders.map(({ kind }) => kind),
    ['authority', 'leaf'],
  );
  assert.equal(third.service.status().problem, null);
});

test('a folder that cannot be written is told with its place, and TLS begins when it can', async (context) => {
  const world = await certificateWorld(context, { tls: 'off' });
  const { service, change, folder, pass } = world;
  await writeFile(join(folder, 'tls'), 'in the way');
  change({ tls: 'local' });
  await service.look();
  assert.equal(service.status().inUse, 'none');
  assert.match(service.status().problem?.message ?? '', /tls\/authority\.json cannot be (read|written)/);
  await rm(join(folder, 'tls'));
  await pass(minuteMs);
  assert.deepEqual([service.status().inUse, service.status().problem], ['local', null]);
  await rm(join(folder, 'tls', 'leaf.json'));
  await mkdir(join(folder, 'tls', 'leaf.json', 'in the way'), { recursive: true });
  await pass(31 * dayMs);
  assert.equal(service.status().inUse, 'local');
  assert.match(service.status().problem?.message ?? '', /leaf\.json cannot be written/);
  assert.equal(service.status().certificate?.daysLeft, 45, 'the new one is in use all the same');
});

test('no key is in the log, on the bus or in the answers', async (context) => {
  const { service, log, bus, change } = await certificateWorld(context, { tls: 'off' });
  const told: unknown[] = [];
  bus.on('tls.changed', (event) => told.push(event));
  change({ tls: 'local' });
  await service.look();
  const key = service.current?.key.split('\n')[1] ?? '';
  assert.ok(key.length > 40);
  const said = JSON.stringify([log.lines, told, service.status(), service.authorityPem()]);
  assert.equal(said.includes(key), false);
  assert.equal(said.includes('PRIVATE'), false);
});
