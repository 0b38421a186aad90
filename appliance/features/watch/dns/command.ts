import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext } from '../../../core/feature.ts';
import type {
  NameAnswer,
  NameAnswerList,
  NameAsk,
  NameOutcome,
  NameServer,
  NameServerList,
  NameServerState,
} from './schema.ts';

const outcomeWords: Record<NameOutcome, string> = {
  answer: 'answers',
  nxdomain: 'says that names do not exist',
  servfail: 'says that it cannot find out',
  refused: 'refuses to answer',
  empty: 'knows the names without addresses',
  timeout: 'does not answer',
  unreachable: 'cannot be reached',
  tls: 'makes no secure connection',
  garbage: 'answers with rubbish',
  local: 'cannot be asked from here',
  wrong: 'gives wrong addresses',
};

const roleWords: Record<NameServer['role'], string> = {
  router: 'router',
  system: 'network',
  configured: 'yours',
  control: 'to compare',
};

const command: Command = {
  name: 'dns',
  arguments: '[name]',
  summary: 'say how the name servers do; with a name, ask each of them for it now',
  options: [
    { flags: '-t, --type <type>', description: 'A or AAAA', default: 'A' },
    { flags: '-s, --server <id>', description: 'ask this one alone' },
  ],
  run: (context) =>
    context.arguments[0] === undefined ? showServers(context) : askFor(context, context.arguments[0]),
};

async function showServers(context: CommandContext): Promise<number> {
  const { client, terminal } = context;
  const list = await client.get<NameServerList>('/api/dns/servers');
  const { servers } = list;
  const code = areAllFailing(servers, ({ last }) => last?.outcome ?? null) ? 1 : 0;
  if (terminal.isJson) {
    terminal.json(list);
    return code;
  }
  if (servers.length === 0) {
    terminal.line('No name server is known: the network gives none, and none is configured.');
    return 1;
  }
  const hasLines = new Set(servers.map(({ line }) => line)).size > 1;
  const { draw } = terminal;
  const [heading = '', ...rows] = draw.table(
    [
      { title: 'Server' },
      { title: 'Whose' },
      ...(hasLines ? [{ title: 'Line' }] : []),
      { title: 'Median', align: 'decimal' },
      { title: '95 %', align: 'decimal' },
      { title: 'Failed', align: 'right' },
      { title: 'Now' },
    ],
    servers.map((server) => [
      server.id,
      roleWords[server.role],
      ...(hasLines ? [server.line] : []),
      milliseconds(server.p50Ms),
      milliseconds(server.p95Ms),
      `${server.failed} of ${server.count}`,
      noteOf(server),
    ]),
    terminal.columns,
  );
  terminal.line(draw.paint('strong', heading));
  for (const [index, row] of rows.entries()) {
    const outcome = servers[index]?.last?.outcome ?? 'answer';
    terminal.line(outcome === 'answer' ? row : draw.paint('down', row));
  }
  for (const { id, last } of servers) if (last) sayReason(context, id, last.reason);
  return code;
}

async function askFor(context: CommandContext, name: string): Promise<number> {
  const { client, terminal, options } = context;
  const request: NameAsk = {
    name,
    type: typeOf(options.type),
    ...(typeof options.server === 'string' ? { server: options.server } : {}),
  };
  terminal.progress(`Asking for ${name} …`);
  const list = await client.send<NameAnswerList>('POST', '/api/dns/ask', request);
  const { answers } = list;
  const code = areAllFailing(answers, ({ outcome }) => outcome) ? 1 : 0;
  if (terminal.isJson) {
    terminal.json(list);
    return code;
  }
  const { draw } = terminal;
  const [heading = '', ...rows] = draw.table(
    [{ title: 'Server' }, { title: 'Whose' }, { title: 'Time', align: 'decimal' }, { title: 'Answer' }],
    answers.map((answer) => [
      answer.server,
      roleWords[answer.role],
      milliseconds(answer.rttMs),
      answer.outcome === 'answer' || answer.outcome === 'wrong'
        ? answer.answers.join(' ')
        : outcomeWords[answer.outcome],
    ]),
    terminal.columns,
  );
  terminal.line(draw.paint('strong', heading));
  for (const row of rows) terminal.line(row);
  for (const { server, reason } of answers) sayReason(context, server, reason);
  const different = whoDiffers(answers);
  if (different.length > 0) {
    const who = different.map(({ server }) => server).join(', ');
    const what = `${who} ${different.length === 1 ? 'says' : 'say'} something else than the others.`;
    const isUsual = different.every(({ outcome }) => outcome === 'answer');
    const why = isUsual ? ' For large sites that is usual: each server is sent to what is near it.' : '';
    for (const line of draw.wrap(`${what}${why}`, terminal.columns)) terminal.line(line);
  }
  return code;
}

function sayReason({ terminal }: CommandContext, server: string, reason: string | null): void {
  if (reason === null) return;
  const lines = terminal.draw.wrap(`${server}: ${reason}`, terminal.columns, '  ');
  for (const line of lines) terminal.line(terminal.draw.paint('down', line));
}

/** Outcomes that say something of the name; the others say that the server could not. */
const statements: readonly NameOutcome[] = ['answer', 'wrong', 'nxdomain', 'empty'];

/** Servers whose statement shares nothing with that of the most. */
export function whoDiffers(answers: readonly NameAnswer[]): NameAnswer[] {
  const stated = answers.filter(({ outcome }) => statements.includes(outcome));
  const agrees = (one: NameAnswer, other: NameAnswer) =>
    one.outcome === other.outcome &&
    (one.answers.length === 0 || one.answers.some((address) => other.answers.includes(address)));
  const supporters = stated.map((one) => stated.filter((other) => agrees(one, other)).length);
  const most = Math.max(...supporters);
  const leader = stated[supporters.indexOf(most)];
  if (leader === undefined || most < 2) return [];
  return stated.filter((answer) => !agrees(leader, answer));
}

/** Those that only serve to compare do not help a house whose own servers fail. */
function areAllFailing<Item extends Pick<NameServer, 'role'>>(
  items: readonly Item[],
  outcomeOf: (item: Item) => NameOutcome | null,
): boolean {
  const own = items.filter(({ role }) => role === 'router' || role === 'system');
  const counted = own.length > 0 ? own : items.filter(({ role }) => role !== 'control');
  return counted.length > 0 && counted.every((item) => ![null, 'answer'].includes(outcomeOf(item)));
}

function noteOf({ last, isRedirectingMistakes }: NameServerState): string {
  if (last === null) return 'not asked yet';
  const words = outcomeWords[last.outcome];
  return isRedirectingMistakes === true ? `${words}; sends mistyped names somewhere` : words;
}

const milliseconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} ms`);

function typeOf(text: string | boolean | undefined): NameAnswer['type'] {
  const type = String(text ?? 'A').toUpperCase();
  if (type === 'A' || type === 'AAAA') return type;
  throw new AppError('USAGE', `--type ${String(text)} is not A or AAAA.`, { status: 400 });
}

export const dnsCommands: readonly Command[] = [command];
