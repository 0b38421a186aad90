/** The lab measures everything else, so it is measured first: against its own settings, with ping as the witness. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import type { Fault } from './lab/faults.ts';
import { Lab } from './lab/lab.ts';
import { spawnBound } from './lab/processes.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 7 });
});
after(async () => {
  if (!skip) await lab.down();
});

/** How many of so many pings were answered. */
async function ping(
  address: string,
  count: number,
  intervalS: number,
  ...options: string[]
): Promise<number> {
  const argv = ['ping', '-nq', '-c', `${count}`, '-i', `${intervalS}`, '-W', '1', ...options, address];
  const { stdout } = await lab.exec('client', argv);
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

/** Longer than the slowest healthy path: after it, every packet of a finished ping is in the log. */
const settle = () => delay(200);

test('the path has four hops and the delays it was given', { skip }, async () => {
  const { stdout } = await lab.exec('client', ['traceroute', '-n', '-q', '1', hosts.a1.ipv4]);
  const hops = [...stdout.matchAll(/^ *\d+ +(\S+)/gm)].map((match) => match[1]);
  assert.deepEqual(hops, [hosts.home.ipv4, hosts.isp1.ipv4, hosts.isp2.ipv4, hosts.a1.ipv4]);
  const received = await ping(hosts.a3.ipv4, 20, 0.02);
  assert.equal(received, 20);
  await settle();
  const truth = await lab.truth({ target: hosts.a3.ipv4 });
  assert.equal(truth.lost, 0);
  assert.ok(Math.abs(truth.medianUs - 72_800) < 3000, `median ${truth.medianUs} µs for 72.8 ms set`);
});

test('ping and the log agree on which packets were lost in bursts', { skip }, async () => {
  await lab.ctl('set * clear; set lan.ab burst=5%/6');
  const fromMs = systemClock.wallMs();
  const received = await ping(hosts.home.ipv4, 4000, 0.0005, '-f');
  await settle();
  const truth = await lab.truth({ target: hosts.home.ipv4, fromMs });
  assert.equal(truth.sent, 4000);
  assert.equal(truth.lost, 4000 - received);
  const isLost = truth.exchanges.map((exchange) => (Number.isNaN(exchange.rttUs) ? 'x' : '.')).join('');
  const runs = isLost.match(/x+/g) ?? [];
  const meanRun = truth.lost / runs.length;
  // 4,000 packets hold about 33 bursts: three standard errors of their number and length.
  assert.ok(truth.lost / truth.sent > 0.025 && truth.lost / truth.sent < 0.08, `lost ${truth.lost}`);
  assert.ok(meanRun > 3 && meanRun < 10, `mean run of losses ${meanRun} for 6 set`);
  await lab.clear();
});

test('second copies and overtaking replies are in the log', { skip }, async () => {
  await lab.ctl('set * clear; set lan.ba dup=10%; set lan.ab reorder=10% hold=20ms');
  const fromMs = systemClock.wallMs();
  await ping(hosts.home.ipv4, 400, 0.004);
  await settle();
  const { exchanges, lost } = await lab.truth({ target: hosts.home.ipv4, fromMs });
  const doubles = exchanges.filter((exchange) => exchange.replies === 2).length;
  const arrivals = exchanges.map((exchange) => exchange.sentAtMs + exchange.rttUs / 1000);
  const overtaken = arrivals.filter((at, index) => at < Math.max(...arrivals.slice(0, index), 0)).length;
  assert.equal(lost, 0);
  assert.ok(doubles > 20 && doubles < 65, `${doubles} doubles for 10 % of 400`);
  assert.ok(overtaken > 20, `${overtaken} replies overtook`);
  await lab.clear();
});

const reachable: [Fault, string][] = [
  ['lan', '00000'],
  ['cable', '00000'],
  ['gateway', '10000'],
  ['forward', '11000'],
  ['isp', '11000'],
  ['upstream', '11100'],
  ['anchor', '11110'],
  ['noroute', '11000'],
];

test('every fault cuts the path where it says', { skip }, async () => {
  const along = [hosts.nas, hosts.home, hosts.isp1, hosts.isp2, hosts.a1];
  for (const [fault, expected] of reachable) {
    await lab.clear();
    await lab.fault(fault);
    const answers = await Promise.all(along.map((host) => ping(host.ipv4, 3, 0.1)));
    const found = answers.map((received) => (received > 0 ? '1' : '0')).join('');
    assert.equal(found, expected, `${fault}: nas, gateway, isp1, isp2, a1`);
  }
  await lab.clear();
  assert.equal(await ping(hosts.a1.ipv4, 3, 0.1), 3);
});

test('a lab that is gone leaves nothing behind, and two stand side by side', { skip }, async () => {
  const other = await Lab.up();
  const { code } = await other.exec('client', ['ping', '-nqc1', '-W2', hosts.a2.ipv4]);
  const { folder, name } = other;
  assert.ok(existsSync(folder) && existsSync(`/run/netns/${name}-client`));
  await other.down();
  assert.equal(code, 0);
  assert.ok(
    !existsSync(folder) && !existsSync(`/run/netns/${name}-client`) && !existsSync(`/etc/netns/${name}-nas`),
  );
  assert.equal(await ping(hosts.a2.ipv4, 2, 0.1), 2);
});

test('what a killed process leaves behind is removed by the next lab, whatever its name', {
  skip,
}, async () => {
  const name = `k${process.pid.toString(36)}`;
  const namespace = `/run/netns/${name}-client`;
  const argv = ['sh', `${import.meta.dirname}/../node.sh`, `${import.meta.dirname}/lab/main.ts`];
  const holder = spawnBound([...argv, '--name', name, 'up']);
  assert.ok(holder.stdout);
  const [said] = await once(holder.stdout, 'data');
  assert.match(String(said), new RegExp(`lab ${name} is up`));
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  assert.ok(existsSync(namespace));
  await using next = await Lab.up();
  assert.ok(!existsSync(namespace) && existsSync(next.folder) && existsSync(lab.folder));
});
