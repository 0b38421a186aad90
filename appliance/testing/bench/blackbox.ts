import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { endChild } from '../lab/processes.ts';
import { hosts } from '../lab/topology.ts';
import type { Bench } from './case.ts';

/** Asks the exporter for `perSecond` probes spread over each second; prints how many it did. */
const driver = `
const [port, perSecond, seconds, ...targets] = process.argv.slice(1);
const url = (n) => 'http://127.0.0.1:' + port + '/probe?module=icmp&target=' + targets[n % targets.length];
for (let i = 0; i < 50; i++) { try { await fetch('http://127.0.0.1:' + port + '/-/healthy'); break; } catch { await new Promise((r) => setTimeout(r, 100)); } }
let done = 0, ok = 0;
const end = performance.now() + seconds * 1000;
const timer = setInterval(async () => {
  const text = await (await fetch(url(done++))).text();
  if (text.includes('probe_success 1')) ok++;
}, 1000 / perSecond);
await new Promise((r) => setTimeout(r, end - performance.now()));
clearInterval(timer);
await new Promise((r) => setTimeout(r, 1500));
console.log(JSON.stringify({ done, ok }));
`;

/** CPU of prometheus-blackbox-exporter per ICMP probe, ms. */
export async function blackboxCpu(bench: Bench, perSecond: number, seconds: number): Promise<number> {
  await bench.need('prometheus-blackbox-exporter', 'prometheus-blackbox-exporter');
  const lab = await bench.lab();
  const config = path.join(lab.folder, 'blackbox.yml');
  await writeFile(
    config,
    'modules:\n  icmp:\n    prober: icmp\n    timeout: 1s\n    icmp:\n      preferred_ip_protocol: ip4\n',
  );
  const exporter = lab.spawn(
    'client',
    [
      'prometheus-blackbox-exporter',
      `--config.file=${config}`,
      '--web.listen-address=127.0.0.1:9115',
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  try {
    const targets = (['isp1', 'isp2', 'a1', 'a2', 'a3', 'dns'] as const).map((name) => hosts[name].ipv4);
    const argv = [
      process.execPath,
      '--input-type=module',
      '-e',
      driver,
      '9115',
      `${perSecond}`,
      `${seconds}`,
      ...targets,
    ];
    const { code, stdout, stderr } = await lab.exec('client', argv, { timeoutMs: seconds * 1000 + 30_000 });
    if (code !== 0) throw new Error(`the exporter's driver ended with ${code}: ${stderr}`);
    const { done, ok } = JSON.parse(stdout) as { done: number; ok: number }; // printed by the driver above
    if (ok < done * 0.95) throw new Error(`the exporter answered ${ok} of ${done} probes`);
    const stat = await readFile(`/proc/${exporter.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 10) / done; // ticks of 10 ms
  } finally {
    await endChild(exporter);
  }
}
