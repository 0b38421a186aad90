import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildAddon, isAddonFresh } from '../../native/build.ts';
import type { OneShot, ProbeTarget } from '../core/probing.ts';
import type { ChildReport, ChildTask } from './probe-child.ts';

const near = `istnet${process.pid}a`;
const far = `istnet${process.pid}b`;
const child = fileURLToPath(new URL('./probe-child.ts', import.meta.url));

const target: ProbeTarget = {
  kind: 'icmp',
  family: 'ipv4',
  address: '10.77.0.2',
  intervalMs: 20,
  timeoutMs: 300,
};
function ip(...words: string[]): void {
  const result = spawnSync('ip', words, { encoding: 'utf8' });
  assert.equal(result.status, 0, `ip ${words.join(' ')}: ${result.stderr}`);
}

function sysctl(namespace: string, setting: string): void {
  ip('netns', 'exec', namespace, 'sysctl', '-qw', setting);
}

/** A cable between the two namespaces. */
function connect(): void {
  ip('link', 'add', 'va', 'netns', near, 'type', 'veth', 'peer', 'name', 'vb', 'netns', far);
  for (const [namespace, device, host] of [
    [near, 'va', 1],
    [far, 'vb', 2],
  ] as const) {
    ip('-n', namespace, 'addr', 'add', `10.77.0.${host}/24`, 'dev', device);
    ip('-n', namespace, 'addr', 'add', `2001:db8:77::${host}/64`, 'dev', device, 'nodad');
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
}

const children: ChildProcess[] = [];

function start(task: ChildTask): ChildProcess {
  const started = spawn('ip', ['netns', 'exec', near, process.execPath, child, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(started);
  return started;
}

async function finish(process: ChildProcess): Promise<ChildReport> {
  assert.ok(process.stdout && process.stderr);
  const [out, err] = await Promise.all([text(process.stdout), text(process.stderr)]);
  assert.ok(out.startsWith('{'), err);
  return JSON.parse(out) as ChildReport; // printed by probe-child.ts
}

/** A new cable carries packets only after the kernel's link watch came round, up to a second later. */
async function ready(): Promise<void> {
  const shots = [target, { ...target, family: 'ipv6', address: '2001:db8:77::2' } as const];
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const report = await finish(start({ forMs: 0, targets: [], shots }));
    if (report.shots.every(({ outcome }) => outcome === 'ok')) return;
  }
  assert.fail('the cable between the namespaces does not carry');
}

async function running(process: ChildProcess): Promise<void> {
  assert.ok(process.stderr);
  await once(process.stderr, 'data');
}

const isRoot = process.getuid?.() === 0;
const canNamespace = isRoot && spawnSync('ip', ['netns', 'list']).status === 0;
const skip = canNamespace ? false : 'needs root and iproute2, to make network namespaces';

describe('the engine in a network of its own', { skip }, () => {
  before(async () => {
    if (!isAddonFresh()) await buildAddon(() => undefined);
    for (const namespace of [near, far]) {
      ip('netns', 'add', namespace);
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    sysctl(near, 'net.ipv4.ping_group_range=0 2147483647');
    sysctl(far, 'net.ipv4.ip_forward=1');
    sysctl(far, 'net.ipv4.icmp_ratelimit=0');
    connect();
    ip('-n', near, 'route', 'add', '198.51.100.0/24', 'via', '10.77.0.2');
    ip('-n', far, 'route', 'add', '198.51.100.0/24', 'dev', 'vb');
    await ready();
  });
  after(() => {
    for (const process of children) process.kill();
    for (const namespace of [near, far]) spawnSync('ip', ['netns', 'del', namespace]);
  });

  for (const icmp of ['raw', 'socket'] as const) {
    it(`measures both families over a cable with ${icmp} ICMP and names the router that gives up a packet`, async () => {
      const report = await finish(
        start({
          icmp,
          forMs: 600,
          targets: [
            target,
            { ...target, family: 'ipv6', address: '2001:db8:77::2' },
            { ...target, address: '198.51.100.7', ttl: 1 },
            { ...target, address: '192.0.2.1' },
          ],
        }),
      );
      assert.equal(report.statistics.icmp, icmp);
      const of = (index: number) => report.exchanges.filter(({ handle }) => (handle & 4095) === index);
      for (const index of [0, 1]) {
        assert.ok(of(index).length >= 20);
        assert.ok(of(index).every(({ outcome, isKernelStamped }) => outcome === 'ok' && isKernelStamped));
      }
      assert.ok(of(2).length >= 20);
      assert.ok(
        of(2).every(
          ({ outcome, from, icmpType }) =>
            outcome === 'unreachable' && from === '10.77.0.2' && icmpType === 11,
        ),
      );
      assert.ok(of(3).length >= 20);
      assert.ok(
        of(3).every(({ outcome, errno }) => outcome === 'local' && errno === 101),
        'no route: ENETUNREACH',
      );
    });
  }

  it('goes on when the interface it is bound to is taken away and comes back', async () => {
    const process = start({
      forMs: 2500,
      targets: [
        { ...target, interfaceName: 'va' },
        { ...target, family: 'ipv6', address: '2001:db8:77::2', interfaceName: 'va' },
      ],
    });
    const report = finish(process);
    await running(process);
    ip('-n', near, 'link', 'del', 'va');
    await pause(400);
    connect();
    ip('-n', near, 'route', 'add', '198.51.100.0/24', 'via', '10.77.0.2');
    const { exchanges, statistics } = await report;
    for (const index of [0, 1]) {
      const outcomes = exchanges
        .filter(({ handle }) => (handle & 4095) === index)
        .map(({ outcome }) => outcome);
      assert.equal(outcomes[0], 'ok');
      assert.ok(outcomes.filter((outcome) => outcome === 'local').length >= 10, outcomes.join(' '));
      assert.deepEqual(outcomes.slice(-5), ['ok', 'ok', 'ok', 'ok', 'ok']);
    }
    const { sent, received, timeouts, errors, inFlight } = statistics;
    assert.equal(sent, received + timeouts + errors + inFlight);
  });

  it('tells the MTU of the own interface', async () => {
    ip('-n', near, 'link', 'set', 'va', 'mtu', '1400');
    const shots: OneShot[] = (['ipv4', 'ipv6'] as const).map((family) => ({
      kind: 'icmp',
      family,
      address: family === 'ipv4' ? '10.77.0.2' : '2001:db8:77::2',
      timeoutMs: 300,
      sizeBytes: 1452,
      dontFragment: true,
    }));
    for (const icmp of ['raw', 'socket'] as const) {
      const report = await finish(start({ icmp, forMs: 0, targets: [], shots }));
      assert.deepEqual(
        report.shots.map(({ outcome, mtu }) => [outcome, mtu]),
        [
          ['too-big', 1400],
          ['too-big', 1400],
        ],
      );
    }
    ip('-n', near, 'link', 'set', 'va', 'mtu', '1500');
  });

  it('measures on while 10,000 broken ICMP packets a second come in', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ist-storm-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const storm = join(folder, 'storm');
    const source = fileURLToPath(new URL('../../native/test/storm.c', import.meta.url));
    const compiled = spawnSync('cc', ['-std=c11', '-D_GNU_SOURCE', '-O1', source, '-o', storm], {
      encoding: 'utf8',
    });
    if (compiled.status !== 0) return t.skip('no C compiler');
    const process = start({ icmp: 'raw', forMs: 2500, targets: [{ ...target, address: '127.0.0.1' }] });
    const report = finish(process);
    await running(process);
    const thrower = spawn('ip', ['netns', 'exec', near, storm, '10000', '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const thrown = Number(await text(thrower.stdout));
    const { exchanges, statistics } = await report;
    assert.ok(thrown >= 5000, `only ${thrown} thrown`);
    assert.ok(statistics.strangers > 1000, `${statistics.strangers} strangers seen`);
    assert.deepEqual([...new Set(exchanges.map(({ outcome }) => outcome))], ['ok']);
    assert.equal(statistics.duplicates, 0);
    assert.ok(exchanges.length >= 100);
  });
});
