import path from 'node:path';
import type { EngineReport, EngineTask } from './engine-child.ts';
import type { Lab } from './lab.ts';
import { type Finished, finish } from './processes.ts';
import { buildService } from './service.ts';
import type { TrueExchange, Truth } from './truth.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export interface EngineRun extends EngineReport {
  /** Per target, in the order of the task: the exchanges of the run, in slot order. */
  targets: EngineExchange[][];
}

export interface EngineExchange {
  seq: number;
  sentMonoMs: number;
  /** CLOCK_REALTIME ms, as in the ground truth. */
  sentAtMs: number;
  outcome: string;
  rttUs: number;
  isReordered: boolean;
  /** Second copies of its reply. */
  duplicates: number;
  isLate: boolean;
}

/** Runs the engine in the client of a lab, in a process of its own, and returns all that it reported. */
export async function runEngine(
  lab: Lab,
  task: Omit<EngineTask, 'isKeepingExchanges'> & { isKeepingExchanges?: boolean },
  prefix: readonly string[] = [],
): Promise<EngineRun> {
  await buildService();
  const argv = [
    ...prefix,
    'sh',
    path.join(root, 'appliance/node.sh'),
    path.join(import.meta.dirname, 'engine-child.ts'),
  ];
  const input = JSON.stringify({ isKeepingExchanges: true, ...task });
  return toRun(await lab.exec('client', argv, { input, timeoutMs: task.runMs + 60_000 }));
}

/** The same on this machine's own network. */
export async function runEngineHere(
  task: Omit<EngineTask, 'isKeepingExchanges'> & { isKeepingExchanges?: boolean },
  namespace: string,
  prefix: readonly string[] = [],
): Promise<EngineRun> {
  await buildService();
  const argv = ['ip', 'netns', 'exec', namespace, ...prefix, 'sh', path.join(root, 'appliance/node.sh')];
  const input = JSON.stringify({ isKeepingExchanges: true, ...task });
  return toRun(
    await finish([...argv, path.join(import.meta.dirname, 'engine-child.ts')], {
      input,
      timeoutMs: task.runMs + 60_000,
    }),
  );
}

function toRun({ code, stdout, stderr }: Finished): EngineRun {
  if (code !== 0) throw new Error(`the engine ended with ${code}: ${stderr}`);
  const report = JSON.parse(stdout) as EngineReport; // written by engine-child.ts
  return { ...report, targets: report.handles.map((handle) => exchangesOf(report, handle)) };
}

function exchangesOf(report: EngineReport, handle: number): EngineExchange[] {
  const { columns, offsetMs, cutOffMonoMs } = report;
  const bySeq = new Map<number, EngineExchange>();
  for (let at = 0; at < columns.handle.length; at += 1) {
    const sentMonoMs = columns.sentMonoMs[at] ?? Number.NaN;
    const seq = columns.seq[at] ?? -1;
    if (columns.handle[at] !== handle || sentMonoMs > cutOffMonoMs) continue;
    const outcome = columns.outcome[at] ?? '';
    const known = bySeq.get(seq);
    if (outcome === 'duplicate' || outcome === 'late') {
      if (known && outcome === 'duplicate') known.duplicates += 1;
      if (known && outcome === 'late') known.isLate = true;
      continue;
    }
    if (known) throw new Error(`slot ${seq} was reported twice: ${known.outcome}, then ${outcome}`);
    bySeq.set(seq, {
      seq,
      sentMonoMs,
      sentAtMs: sentMonoMs + offsetMs,
      outcome,
      rttUs: columns.rttUs[at] ?? Number.NaN,
      isReordered: columns.isReordered[at] ?? false,
      duplicates: 0,
      isLate: false,
    });
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

export interface Pair {
  ours: EngineExchange;
  truth: TrueExchange;
}

/** Joins what the engine sent with what the wire saw leaving: both in order of sending, one to one. */
export function pairUp(ours: readonly EngineExchange[], truth: Truth): Pair[] {
  const sent = ours.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'local');
  if (truth.exchanges.length < sent.length)
    throw new Error(`the engine says ${sent.length} were sent, ${truth.exchanges.length} were on the wire`);
  return sent.map((exchange, index) => {
    const onWire = truth.exchanges[index];
    if (!onWire) throw new Error('unreachable: the lengths were compared');
    if (Math.abs(onWire.sentAtMs - exchange.sentAtMs) > 50)
      throw new Error(`slot ${exchange.seq} left at ${exchange.sentAtMs}, the wire says ${onWire.sentAtMs}`);
    return { ours: exchange, truth: onWire };
  });
}

export interface Bias {
  /** Mean of (ours - truth) over exchanges that both saw answered, µs. */
  meanUs: number;
  medianUs: number;
  p99Us: number;
  count: number;
}

export function biasOf(pairs: readonly Pair[]): Bias {
  const differences = pairs
    .map(({ ours, truth }) => ours.rttUs - truth.rttUs)
    .filter((difference) => !Number.isNaN(difference))
    .sort((a, b) => a - b);
  const at = (share: number) => differences[Math.floor((differences.length - 1) * share)] ?? Number.NaN;
  return {
    meanUs: differences.reduce((sum, each) => sum + each, 0) / differences.length,
    medianUs: at(0.5),
    p99Us: at(0.99),
    count: differences.length,
  };
}
