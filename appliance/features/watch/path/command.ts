import type { Command, CommandContext, Terminal } from '../../../core/feature.ts';
import type { MtuResult, PathHop, TraceResult } from './schema.ts';

const familyOptions = [
  { flags: '-4, --ipv4', description: 'over IPv4' },
  { flags: '-6, --ipv6', description: 'over IPv6' },
] as const;

/** What both verbs ask for: a target or host, or nothing for the first anchor. */
function requestOf({ arguments: [word], options }: CommandContext) {
  const family = options.ipv4 === true ? 'ipv4' : options.ipv6 === true ? 'ipv6' : undefined;
  return { ...(word === undefined ? {} : { host: word }), ...(family === undefined ? {} : { family }) };
}

const trace: Command = {
  name: 'trace',
  arguments: '[target]',
  summary: 'show the path to a target or any host, router by router',
  options: [
    ...familyOptions,
    { flags: '-u, --udp', description: 'by UDP in place of ICMP' },
    { flags: '-m, --max-hops <number>', description: 'give up after so many hops', default: '30' },
  ],
  async run(context) {
    const { client, terminal, options } = context;
    const maxHops = Number(options.maxHops);
    if (!Number.isInteger(maxHops) || maxHops < 1 || maxHops > 64) {
      terminal.error(`--max-hops ${String(options.maxHops)} is not a number from 1 to 64.`);
      return 2;
    }
    terminal.progress('Walking the path …');
    const result = await client.send<TraceResult>('POST', '/api/trace', {
      ...requestOf(context),
      maxHops,
      ...(options.udp === true ? { protocol: 'udp' } : {}),
    });
    if (terminal.isJson) terminal.json(result);
    else printTrace(result, terminal);
    return result.isReached ? 0 : 1;
  },
};

const mtu: Command = {
  name: 'mtu',
  arguments: '[target]',
  summary: 'find the largest packet that passes to a target or any host',
  options: familyOptions,
  async run(context) {
    const { client, terminal } = context;
    terminal.progress('Sending packets of several sizes …');
    const result = await client.send<MtuResult>('POST', '/api/mtu', requestOf(context));
    if (terminal.isJson) terminal.json(result);
    else {
      const { paint } = terminal.draw;
      const size = result.mtu === null ? 'unknown' : `${result.mtu} bytes`;
      const isGood = result.verdict === 'full' || result.verdict === 'told';
      terminal.line(
        `${paint('strong', whereOf(result))}: path MTU ${paint(isGood ? 'up' : 'down', size)}` +
          (result.mssBytes === null ? '' : `, TCP segments up to ${result.mssBytes} bytes`),
      );
      for (const line of terminal.draw.wrap(result.advice, terminal.columns)) terminal.line(line);
    }
    return result.verdict === 'full' || result.verdict === 'told' ? 0 : 1;
  },
};

export const pathCommands: readonly Command[] = [trace, mtu];

const whereOf = ({ host, address }: { host: string; address: string }) =>
  host === address ? host : `${host} (${address})`;

const endings: Readonly<Record<TraceResult['end'], string>> = {
  reached: '',
  unreachable: 'A router on the way says that it cannot be reached.',
  silent: 'Nothing behind that answers.',
  'max-hops': 'Not reached within that many hops.',
  local: 'This box could not send: no route, or no link.',
};

function printTrace(result: TraceResult, terminal: Terminal): void {
  const { protocol, hops, end } = result;
  const { paint, table, wrap } = terminal.draw;
  terminal.line(`Path to ${whereOf(result)} by ${protocol.toUpperCase()}`);
  const hasOwners = hops.some(({ network }) => network !== null);
  const [heading = '', ...rows] = table(
    [
      { title: 'Hop', align: 'right' },
      { title: 'Name' },
      { title: 'Address' },
      ...(hasOwners ? [{ title: 'Network' }] : []),
      { title: 'Lost', align: 'right' },
      { title: 'Best', align: 'decimal' },
      { title: 'Median', align: 'decimal' },
      { title: 'Worst', align: 'decimal' },
    ],
    hops.map((hop) => [
      String(hop.ttl),
      nameOf(hop),
      hop.addresses.join(' ') || '*',
      ...(hasOwners ? [hop.network === null ? '' : `AS${hop.network.asn} ${hop.network.owner}`] : []),
      `${hop.sent === 0 ? 0 : Math.round((hop.lost / hop.sent) * 100)} %`,
      ...[hop.bestMs, hop.rttMs, hop.worstMs].map((ms) => (ms === null ? '–' : `${ms.toFixed(1)} ms`)),
    ]),
    terminal.columns,
  );
  terminal.line(paint('strong', heading));
  for (const row of rows) terminal.line(row);
  if (end !== 'reached') for (const line of wrap(endings[end], terminal.columns)) terminal.line(line);
}

const segmentWords: Readonly<Record<NonNullable<PathHop['segment']>, string>> = {
  lan: 'home network',
  gateway: 'router',
  isp: 'provider',
  transit: 'beyond the provider',
  resolver: 'name server',
  anchor: 'target',
  custom: 'target',
};

const nameOf = ({ name, segment }: PathHop) => name ?? (segment === null ? '' : `(${segmentWords[segment]})`);
