import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { SystemFacts } from '../../features/keep/system/schema.ts';
import type { TargetList } from '../../features/watch/latency/schema.ts';
import { bundledServe, startService } from '../lab/service.ts';
import { hosts } from '../lab/topology.ts';
import type { Bench } from './case.ts';
import { LoopDisk } from './loop-disk.ts';

/** What a calm run of the real service with ten ICMP targets at one second cost. */
export interface LongRun {
  seconds: number;
  checks: number;
  cpuMs: number;
  /** CPU of the engine's own thread, out of `cpuMs`. */
  engineCpuMs: number;
  rssBytes: number;
  peakRssBytes: number;
  rssAtStartBytes: number;
  /** What reached the block device, file system included. */
  diskBytes: number;
  diskWrites: number;
  dataBytes: number;
}

/** Ten ICMP targets, all found addresses of the lab. Resolvers stay out: a DNS exchange is not an ICMP check. */
const targets = (['isp2', 'a1', 'a2', 'a3', 'dns'] as const)
  .flatMap((name) => [
    { name: `${name}-4`, host: hosts[name].ipv4 },
    { name: `${name}-6`, host: hosts[name].ipv6 },
  ])
  .slice(0, 6);

export async function runLong(bench: Bench): Promise<LongRun> {
  const lab = await bench.lab();
  await using disk = await LoopDisk.mount(bench.cacheFolder, 256);
  const config = {
    // Gateway and provider hop of both families are found: with these six, ten ICMP targets at one second.
    targets,
    probing: { intervalMs: 1000, timeoutMs: 1000 },
    dns: { intervalMs: 60_000 },
    retention: { maxMb: 64 },
  };
  const argv = await bundledServe();
  await using service = await startService(lab, { dataFolder: path.join(disk.folder, 'data'), config, argv });
  await service.until('ten ICMP targets', 20_000, async () => {
    const list = await service.get<TargetList>('/api/targets');
    return list.targets.filter((target) => target.method.startsWith('icmp') && target.address).length >= 10
      ? true
      : null;
  });
  await delay(20_000); // start-up is not the calm state
  const facts = async () => await service.get<SystemFacts>('/api/system');
  const before = await facts();
  const [cpuBefore, writesBefore, startedMs] = [
    await service.cpuMs(),
    await disk.written(),
    systemClock.monoMs(),
  ];
  const rss: number[] = [await service.residentBytes()];
  bench.say(`   the service runs for ${bench.minutes} min`);
  while (systemClock.monoMs() - startedMs < bench.minutes * 60_000) {
    await delay(Math.min(10_000, Math.max(1, bench.minutes * 60_000 - (systemClock.monoMs() - startedMs))));
    rss.push(await service.residentBytes());
  }
  const cpuMs = (await service.cpuMs()) - cpuBefore;
  const after = await facts();
  const written = await disk.written();
  return {
    seconds: (systemClock.monoMs() - startedMs) / 1000,
    checks: after.engine.sent - before.engine.sent,
    cpuMs,
    engineCpuMs: after.engine.cpuMs - before.engine.cpuMs,
    rssBytes: rss.at(-1) ?? 0,
    peakRssBytes: await peakOf(service.pid),
    rssAtStartBytes: rss[0] ?? 0,
    diskBytes: written.bytes - writesBefore.bytes,
    diskWrites: written.operations - writesBefore.operations,
    dataBytes: after.store.measurementBytes,
  };
}

async function peakOf(pid: number): Promise<number> {
  return Number(/^VmHWM:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
