import { pause, systemClock } from '../../../core/clock.ts';
import type { Command, CommandContext } from '../../../core/feature.ts';
import type { PingProbe, PingResult } from './ping-route.ts';
import type { TargetList } from './schema.ts';
import { findTarget, readNumber } from './target-choice.ts';

const everyMs = 1000;

export const ping: Command = {
  name: 'ping',
  arguments: '[target]',
  summary: 'ping a target or any host now; without one, every target once',
  options: [
    { flags: '-c, --count <number>', description: 'how many times', default: '4' },
    { flags: '-s, --size <bytes>', description: 'ICMP payload' },
    { flags: '-4, --ipv4', description: 'over IPv4' },
    { flags: '-6, --ipv6', description: 'over IPv6' },
  ],
  run: (context) =>
    context.arguments[0] === undefined ? pingAll(context) : pingHost(context, context.arguments[0]),
};

async function pingHost(context: CommandContext, word: string): Promise<number> {
  const { client, terminal, options, signal } = context;
  const count = readNumber(options.count, '--count', 1, 10_000);
  const size =
    options.size === undefined ? {} : { sizeBytes: readNumber(options.size, '--size', 16, 65_000) };
  const family = options.ipv4 === true ? 'ipv4' : options.ipv6 === true ? 'ipv6' : undefined;
  const target = await findTarget(client, word);
  const wanted = family === undefined ? {} : { family };
  let host = target?.address ?? word;
  let first: PingResult | undefined;
  const probes: PingProbe[] = [];
  // One question a second, so that each answer is shown when it is there and Ctrl-C still gives the summary.
  for (let made = 0; made < count && !signal.aborted; made += 1) {
    if (made > 0) await pause(systemClock, everyMs, signal);
    if (signal.aborted) break;
    const result = await client.send<PingResult>('POST', '/api/ping', { host, ...wanted, ...size });
    if (first === undefined) {
      first = result;
      host = result.address; // a name with several addresses stays on one
      const via = result.method === 'tcp' ? 'TCP handshakes with port 443' : result.method;
      if (!terminal.isJson) terminal.line(`${word} is ${result.address}, by ${via}`);
    }
    for (const probe of result.probes) {
      probes.push(probe);
      if (!terminal.isJson) terminal.line(describe(context, probe, probes.length));
    }
  }
  if (first === undefined) return 1;
  const summary = summarise(probes);
  if (terminal.isJson) terminal.json({ ...first, host: word, probes, ...summary });
  else terminal.line(sayTotals(summary));
  return summary.lost === summary.count ? 1 : 0; // also when nothing could be sent
}

async function pingAll({ client, terminal }: CommandContext): Promise<number> {
  const { targets } = await client.get<TargetList>('/api/targets');
  const results: { id: string; result: PingResult }[] = [];
  for (const { id, name, address } of targets) {
    if (address === null) continue;
    terminal.progress(`Pinging ${name} …`);
    const result = await client.send<PingResult>('POST', '/api/ping', { host: address });
    results.push({ id, result });
  }
  const isAllLost = results.every(({ result }) => result.lost === result.count);
  if (terminal.isJson) {
    terminal.json({ results: results.map(({ id, result }) => ({ target: id, ...result })) });
    return isAllLost ? 1 : 0;
  }
  const [heading = '', ...rows] = terminal.draw.table(
    [{ title: 'Target' }, { title: 'Address' }, { title: 'RTT', align: 'decimal' }, { title: 'Answer' }],
    results.map(({ id, result }) => {
      const probe = result.probes[0];
      return [id, result.address, probe?.rttMs == null ? '–' : `${probe.rttMs} ms`, probe?.outcome ?? 'none'];
    }),
    terminal.columns,
  );
  terminal.line(terminal.draw.paint('strong', heading));
  for (const row of rows) terminal.line(row);
  return isAllLost ? 1 : 0;
}

function describe({ terminal }: CommandContext, probe: PingProbe, number: number): string {
  const { paint } = terminal.draw;
  switch (probe.outcome) {
    case 'ok':
    case 'refused': {
      const ttl = probe.ttl > 0 ? `  ttl ${probe.ttl}` : '';
      const refused = probe.outcome === 'refused' ? '  (refused, which is an answer)' : '';
      return `${number}  ${probe.rttMs?.toFixed(3) ?? '–'} ms${ttl}${refused}`;
    }
    case 'timeout':
      return paint('down', `${number}  no answer`);
    case 'local':
      return paint('down', `${number}  could not be sent from here (error ${probe.errno})`);
    default:
      return paint('down', `${number}  ${probe.outcome}, says ${probe.from || 'a router'}`);
  }
}

interface Totals {
  count: number;
  lost: number;
  minMs: number | null;
  meanMs: number | null;
  maxMs: number | null;
}

function summarise(probes: readonly PingProbe[]): Totals {
  const answered = probes.filter(({ outcome }) => outcome === 'ok' || outcome === 'refused');
  const times = answered.map(({ rttMs }) => rttMs).filter((value) => value !== null);
  const totals = { count: probes.length, lost: probes.length - answered.length };
  if (times.length === 0) return { ...totals, minMs: null, meanMs: null, maxMs: null };
  const mean = times.reduce((sum, value) => sum + value, 0) / times.length;
  return {
    ...totals,
    minMs: Math.min(...times),
    meanMs: Math.round(mean * 1000) / 1000,
    maxMs: Math.max(...times),
  };
}

function sayTotals({ count, lost, minMs, meanMs, maxMs }: Totals): string {
  if (count === 0) return 'nothing was sent';
  const share = `${count} sent, ${count - lost} answered, ${Number(((lost / count) * 100).toFixed(1))} % lost`;
  return minMs === null ? share : `${share}; min ${minMs} / mean ${meanMs} / max ${maxMs} ms`;
}
