import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clock, systemClock } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { EngineStatistics, OneShotResult } from '../../../core/probing.ts';
import type { Store, StoreHealth } from '../../../core/storing.ts';
import { examineFromOutside } from './doctor-command.ts';
import { examine } from './finding.ts';
import { LoopDelay } from './loop-delay.ts';
import { createMachine, type Machine } from './machine.ts';
import { machineChecks } from './machine-checks.ts';
import { parseResolvers, parseRoutes } from './network-checks.ts';
import type { Finding } from './schema.ts';
import { serviceChecks } from './service-checks.ts';
import { StoreWatch } from './store-watch.ts';

const texts: Record<string, string> = {
  '/proc/meminfo': 'MemTotal: 1000000 kB\nMemAvailable: 500000 kB\n',
  '/proc/self/status': 'CapEff:\t0000000000002000\n',
  '/proc/sys/net/ipv4/ping_group_range': '1\t0\n',
  '/proc/net/route':
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n' +
    'wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n' +
    'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n' +
    'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n',
  '/etc/resolv.conf': '# made by hand\nnameserver 192.168.1.1\nnameserver fe80::1%eth0\n',
};

/** A healthy board; a test changes what it is about. */
function machineOf(more: Partial<Machine> = {}, files: Record<string, string> = {}): Machine {
  return {
    uid: 990,
    gid: 990,
    readText: async (path) => ({ ...texts, ...files })[path] ?? null,
    files: async () => [
      { name: '.', mode: 0o700, uid: 990, isFolder: true },
      { name: 'state.db', mode: 0o600, uid: 990, isFolder: false },
    ],
    newestChangeMs: async (folder) => (folder.endsWith('src') ? 1 : 2),
    space: async () => ({ totalBytes: 32e9, freeBytes: 20e9, freeFiles: 1e6 }),
    tryWrite: async () => ({ tookMs: 4 }),
    temperatureCelsius: async () => 51,
    askResolver: async () => ({ tookMs: 12 }),
    ...more,
  };
}

async function find(id: string, machine: Machine): Promise<Finding> {
  const findings = await examineFromOutside('/data', machine);
  const found = findings.find((each) => each.id === id);
  assert.ok(found, id);
  return found;
}

test('a healthy machine has nothing wrong and nothing to advise', async () => {
  const findings = await examineFromOutside('/data', machineOf());
  assert.deepEqual(
    findings.filter(({ state }) => state !== 'ok'),
    [],
  );
  assert.equal(findings.find(({ id }) => id === 'default-route')?.found, 'eth0, by 192.168.1.1');
});

test('everything that is wrong comes with a fix', async () => {
  const isWrong: [string, Partial<Machine>, Record<string, string>, RegExp][] = [
    ['disk-write', { tryWrite: async () => ({ error: 'EROFS' }) }, {}, /card/],
    ['disk-write', { tryWrite: async () => ({ error: 'EACCES' }) }, {}, /chown/],
    ['disk-write', { files: async () => null }, {}, /--data/],
    [
      'disk-space',
      { space: async () => ({ totalBytes: 1e9, freeBytes: 1e6, freeFiles: 9 }) },
      {},
      /retention/,
    ],
    ['disk-space', { space: async () => ({ totalBytes: 1e9, freeBytes: 9e8, freeFiles: 0 }) }, {}, /Remove/],
    ['file-permissions', { uid: 1000 }, {}, /chown -R 1000/],
    ['power', {}, { '/sys/devices/platform/soc/soc:firmware/get_throttled': '50005' }, /power supply/],
    ['addon', { newestChangeMs: async () => null }, {}, /npm run build/],
    ['icmp', {}, { '/proc/self/status': 'CapEff:\t0000000000000000\n' }, /ping_group_range/],
    ['default-route', {}, { '/proc/net/route': 'Iface\tDestination\n' }, /cable/],
    ['resolvers', { askResolver: async () => ({ error: 'ETIMEOUT' }) }, {}, /dns\.resolvers/],
    ['resolvers', {}, { '/etc/resolv.conf': '' }, /nameserver/],
  ];
  for (const [id, more, files, fix] of isWrong) {
    const finding = await find(id, machineOf(more, files));
    assert.equal(finding.state, 'wrong', `${id}: ${finding.found}`);
    assert.match(finding.fix ?? '', fix);
  }
});

test('what is only unwise is advice', async () => {
  const unwise: [string, Partial<Machine>, Record<string, string>][] = [
    ['disk-write', { tryWrite: async () => ({ tookMs: 3000 }) }, {}],
    ['disk-space', { space: async () => ({ totalBytes: 1e9, freeBytes: 2e8, freeFiles: 9 }) }, {}],
    ['memory', {}, { '/proc/meminfo': 'MemAvailable: 20000 kB\n' }],
    ['temperature', { temperatureCelsius: async () => 84 }, {}],
    ['power', {}, { '/sys/devices/platform/soc/soc:firmware/get_throttled': '50000' }],
    ['addon', { newestChangeMs: async (folder) => (folder.endsWith('src') ? 3 : 2) }, {}],
    [
      'icmp',
      {},
      { '/proc/self/status': 'CapEff:\t0\n', '/proc/sys/net/ipv4/ping_group_range': '0\t2147483647\n' },
    ],
  ];
  for (const [id, more, files] of unwise) {
    const finding = await find(id, machineOf(more, files));
    assert.equal(finding.state, 'advice', `${id}: ${finding.found}`);
    assert.ok(finding.fix);
  }
});

test('files that everybody can read are named, unless the folder is closed', async () => {
  const filesOf = (mode: number) => async () => [
    { name: '.', mode, uid: 990, isFolder: true },
    { name: 'state.db', mode: 0o644, uid: 990, isFolder: false },
  ];
  assert.equal((await find('file-permissions', machineOf({ files: filesOf(0o755) }))).state, 'advice');
  assert.equal((await find('file-permissions', machineOf({ files: filesOf(0o700) }))).state, 'ok');
});

test('one silent resolver of two is advice and names it', async () => {
  const askResolver: Machine['askResolver'] = async (address) =>
    address === '192.168.1.1' ? { error: 'ETIMEOUT' } : { tookMs: 3 };
  const finding = await find('resolvers', machineOf({ askResolver }));
  assert.equal(finding.state, 'advice');
  assert.equal(finding.found, 'no answer from 192.168.1.1');
});

test('a question that breaks is unknown and does not hide the others', async () => {
  const broken = machineOf({
    space: async () => {
      throw new Error('the disk is gone');
    },
  });
  const finding = await find('disk-space', broken);
  assert.equal(finding.state, 'unknown');
  assert.match(finding.found, /the disk is gone/);
});

test('routes and resolvers are read as the kernel and glibc write them', () => {
  assert.deepEqual(parseRoutes(texts['/proc/net/route'] ?? ''), [
    { interfaceName: 'eth0', gateway: '192.168.1.1' },
    { interfaceName: 'wlan0', gateway: '192.168.2.1' },
  ]);
  assert.deepEqual(parseRoutes(''), []);
  assert.deepEqual(parseResolvers(texts['/etc/resolv.conf'] ?? ''), ['192.168.1.1', 'fe80::1%eth0']);
});

test('the real machine can be written to, and says why where it cannot', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ist-doctor-'));
  t.after(() => rm(folder, { recursive: true }));
  const machine = createMachine(systemClock);
  const written = await machine.tryWrite(folder);
  assert.ok('tookMs' in written && written.tookMs >= 0);
  assert.deepEqual(await machine.tryWrite(join(folder, 'absent')), { error: 'ENOENT' });
  assert.deepEqual(
    (await machine.files(folder))?.map(({ name, isFolder }) => ({ name, isFolder })),
    [{ name: '.', isFolder: true }],
  );
  assert.equal(await machine.files(join(folder, 'absent')), null);
  assert.ok(((await machine.space(folder))?.totalBytes ?? 0) > 0);
  assert.equal(await machine.readText(join(folder, 'absent')), null);
  const findings = await examine(machineChecks(machine, folder, join(folder, 'absent')), systemClock);
  assert.equal(findings.find(({ id }) => id === 'addon')?.state, 'wrong');
});

const statistics: EngineStatistics = {
  targets: 3,
  sent: 1000,
  received: 1000,
  timeouts: 0,
  errors: 0,
  late: 0,
  duplicates: 0,
  skipped: 0,
  inFlight: 0,
  overruns: 0,
  strangers: 0,
  cpuMs: 1,
  icmp: 'raw',
  isRealtime: true,
};

interface Situation {
  engine?: Partial<EngineStatistics>;
  answer?: Partial<OneShotResult>;
  store?: Partial<StoreHealth>;
  isClockKnown?: boolean;
  port: number;
}

/** Only what the checks ask of their context. */
function contextOf({
  engine = {},
  answer = {},
  store = {},
  isClockKnown = true,
  port,
}: Situation): FeatureContext {
  const health = {
    state: 'ok',
    message: null,
    wasUnclean: false,
    recovered: [],
    droppedPackets: 0,
    ...store,
  };
  const route = { family: 'ipv4', interfaceName: 'eth0', gateway: '192.168.1.1', metric: 1 };
  return {
    clock: systemClock,
    timeline: { anchor: { isKnown: isClockKnown }, nowMs: () => 0 },
    engine: {
      statistics: () => ({ ...statistics, ...engine }),
      probeOnce: async () => ({ outcome: 'ok', rttUs: 420, ...answer }),
    },
    link: { read: async () => ({ defaultRoutes: [route], resolvers: ['192.168.1.1'], interfaces: [] }) },
    store: { health: async () => health },
    config: { current: { http: { host: '::', port } } },
    about: { dataFolder: '/data' },
  } as unknown as FeatureContext; // a whole context would be a whole service
}

function watches({ store, clock }: FeatureContext) {
  return { loopDelay: new LoopDelay(clock), storeWatch: new StoreWatch(store, clock) };
}

/** Time that passes at once for whoever waits. */
const impatientClock: Clock = { ...systemClock, after: (_, fn) => systemClock.after(1, fn) };

test('a question that hangs is wrong, and the others still have their answers', async () => {
  const hung = machineOf({ tryWrite: () => new Promise(() => undefined) });
  const findings = await examine(machineChecks(hung, '/data', '/native'), impatientClock);
  assert.equal(findings.find(({ id }) => id === 'disk-write')?.state, 'wrong');
  assert.equal(findings.find(({ id }) => id === 'memory')?.state, 'ok');
});

test('a store that does not answer is degraded, and keeps what was known of it', async () => {
  const health = { state: 'ok', message: null, stateBytes: 7 };
  const listeners: ((health: unknown) => void)[] = [];
  const store = {
    health: () => new Promise(() => undefined),
    onHealthChange(listener: (health: unknown) => void) {
      listeners.push(listener);
      return () => undefined;
    },
  } as unknown as Store; // only its health is asked for
  const watch = new StoreWatch(store, impatientClock);
  assert.equal((await watch.read()).state, 'degraded');
  await watch.start();
  for (const listener of listeners) listener(health);
  const { state, stateBytes } = await watch.read();
  assert.deepEqual({ state, stateBytes }, { state: 'degraded', stateBytes: 7 });
  watch.stop();
});

test('the service finds what is wrong inside it', async (t) => {
  const server = createServer((_, answer) => answer.end('{}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const look = async (situation: Omit<Situation, 'port'> & { port?: number }) => {
    const context = contextOf({ port, ...situation });
    const checks = serviceChecks(context, watches(context), machineOf());
    const findings = await examine(checks, systemClock);
    return Object.fromEntries(
      findings.filter(({ state }) => state !== 'ok').map(({ id, state }) => [id, state]),
    );
  };
  assert.deepEqual(await look({}), {});
  assert.deepEqual(await look({ engine: { icmp: 'none' } }), { icmp: 'wrong' });
  assert.deepEqual(await look({ engine: { icmp: 'socket', overruns: 3 } }), {
    icmp: 'advice',
    engine: 'advice',
  });
  assert.deepEqual(await look({ engine: { targets: 0 } }), { engine: 'advice' });
  assert.deepEqual(await look({ answer: { outcome: 'timeout' } }), { gateway: 'advice' });
  assert.deepEqual(await look({ isClockKnown: false }), { clock: 'wrong' });
  assert.deepEqual(await look({ store: { state: 'degraded', message: 'disk full' } }), { database: 'wrong' });
  assert.deepEqual(await look({ store: { recovered: ['rebuilt measurements.db'] } }), { database: 'advice' });
  assert.deepEqual(await look({ port: 1 }), { dashboard: 'wrong' });
});
