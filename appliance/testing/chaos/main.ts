/**
 * `npm run chaos [-- --seconds N --without-realtime --broker-minutes N]`: the real service in a network of namespaces, calm and under
 * attack. What it promises: its probes leave no less evenly, and others are served.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { median, ms } from '../bench/case.ts';
import { rowOf, tableOf } from '../bench/table.ts';
import { Lab } from '../lab/lab.ts';
import { anchorTargets, type RunningService, startService, withoutCapabilities } from '../lab/service.ts';
import { hosts } from '../lab/topology.ts';
import { type Attack, type AttackReport, type AttackTask, attacks } from './attacks.ts';
import { brokerFlaps } from './broker-flaps.ts';
import { quantile, scheduleOf } from './schedule.ts';
import type { VisitorReport } from './visitor.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const port = 8080;
const intervalMs = 100;
/** How much less even, at most: 99 of 100 gaps. */
const allowedMs = 20;
/** The service settles, and what an attack left behind goes. */
const restMs = 12_000;
const targets = [hosts.a1.ipv4, hosts.a2.ipv4, hosts.a3.ipv4];

interface Phase {
  p99Ms: number;
  worstMs: number;
  missing: number;
  visits: VisitorReport;
  rssMb: number;
  said: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      'without-realtime': { type: 'boolean', default: false },
      'broker-minutes': { type: 'string', default: '60' },
    },
  });
  const runMs = Number(values.seconds) * 1000;
  if (!(runMs >= 5000)) throw new Error('--seconds takes a number from 5 on');
  const reason = Lab.unavailable();
  if (reason) throw new Error(reason);
  await using lab = await Lab.up({ name: 'chaos', seed: 94 });
  await using service = await startService(lab, {
    config: {
      http: { host: '127.0.0.1', port },
      targets: anchorTargets,
      probing: { intervalMs, timeoutMs: 1000 },
    },
    ...(values['without-realtime'] ? { prefix: withoutCapabilities } : {}),
  });
  const { engine } = await service.get<{ engine: { isRealtime: boolean } }>('/api/system');
  console.error(`the probing thread ${engine.isRealtime ? 'has' : 'does not have'} the real-time class`);
  await pause();
  const calm = [await phase(lab, service, [], runMs)];
  const rows = [];
  for (const { name, attacks: kinds } of attacks) {
    await pause();
    console.error(`${name} …`);
    const under = await phase(lab, service, kinds, runMs);
    await pause();
    calm.push(await phase(lab, service, [], runMs / 2));
    rows.push(...findingsOf(name, under, median(calm.map(({ p99Ms }) => p99Ms))));
  }
  const brokerMinutes = Number(values['broker-minutes']);
  if (brokerMinutes > 0) {
    await service.stop();
    rows.push(...(await brokerFlaps(lab, brokerMinutes)));
  }
  const visits = calm.flatMap((each) => each.visits.tookMs).sort((a, b) => a - b);
  console.log(tableOf(rows));
  console.log(
    `calm: gaps ${calm.map(({ p99Ms }) => p99Ms.toFixed(1)).join(', ')} ms off at p99, ` +
      `/health in ${quantile(visits, 0.5).toFixed(1)} ms (p99 ${quantile(visits, 0.99).toFixed(1)}), ` +
      `${calm.at(-1)?.rssMb.toFixed(0)} MB at the end; ${((await lab.lateShare()) * 100).toFixed(2)} % of packets late`,
  );
  return rows.some(({ verdict }) => verdict === 'not met') ? 1 : 0;
}

const pause = () => new Promise<void>((done) => setTimeout(done, restMs));

/** One stretch of time: attackers and a visitor at work, and afterwards what the wire saw of the probes. */
async function phase(
  lab: Lab,
  service: RunningService,
  kinds: readonly Attack[],
  forMs: number,
): Promise<Phase> {
  const run = async <Report>(file: string, task: object): Promise<Report> => {
    const argv = ['sh', path.join(root, 'appliance/node.sh'), path.join(import.meta.dirname, file)];
    const done = await lab.exec('client', [...argv, JSON.stringify(task)], { timeoutMs: forMs + 60_000 });
    if (done.code !== 0) throw new Error(`${file} ended with ${done.code}: ${done.stderr}`);
    return JSON.parse(done.stdout) as Report; // written by that file
  };
  const socketPath = path.join(service.dataFolder, 'ist.sock');
  const fromMs = systemClock.wallMs();
  const [visits, ...reports] = await Promise.all([
    run<VisitorReport>('visitor.ts', { port, forMs }),
    ...kinds.map((attack) =>
      run<AttackReport>('attacker.ts', { attack, port, socketPath, forMs } satisfies AttackTask),
    ),
  ]);
  const toMs = fromMs + forMs;
  const schedules = await Promise.all(
    targets.map(async (target) =>
      scheduleOf((await lab.truth({ target, fromMs, toMs })).exchanges, intervalMs),
    ),
  );
  const deviations = schedules.flatMap(({ deviationsMs }) => deviationsMs).sort((a, b) => a - b);
  if (deviations.length < (0.8 * targets.length * forMs) / intervalMs)
    throw new Error(`only ${deviations.length} gaps were seen on the wire`);
  return {
    p99Ms: quantile(deviations, 0.99),
    worstMs: quantile(deviations, 1),
    missing: schedules.reduce((sum, { missing }) => sum + missing, 0),
    visits,
    rssMb: (await service.residentBytes()) / 2 ** 20,
    said: reports
      .map(({ opened, open, answers }, at) => {
        const words = Object.entries(answers).map(([answer, times]) => `${times} × ${answer}`);
        return `${kinds[at]?.kind}: ${opened} opened, ${open} held at the end, ended: ${words.join(', ') || 'none'}`;
      })
      .join('; '),
  };
}

function findingsOf(name: string, under: Phase, calmMs: number) {
  const { visits, p99Ms, worstMs, missing, rssMb, said } = under;
  const took = visits.tookMs.toSorted((a, b) => a - b);
  const about = { id: 'R3', title: name };
  const extra = p99Ms - calmMs;
  return [
    rowOf(about, {
      what: `${name}: gaps, p99 above calm`,
      ours: ms(extra),
      peer: null,
      target: `< ${allowedMs} ms, none missing`,
      isMet: extra < allowedMs && missing === 0,
      note: `p99 ${p99Ms.toFixed(2)} ms, worst ${worstMs.toFixed(1)} ms, ${missing} missing; ${rssMb.toFixed(0)} MB; ${said}`,
    }),
    rowOf(about, {
      what: `${name}: others are served, p99`,
      ours: ms(quantile(took, 0.99)),
      peer: null,
      target: 'each answered within 5 s',
      isMet: visits.failed === 0 && took.length > 0,
      note: `${took.length} answered, median ${quantile(took, 0.5).toFixed(1)} ms, ${visits.failed} not`,
    }),
  ];
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`chaos: ${messageOf(error)}`);
  process.exitCode = 2;
}
