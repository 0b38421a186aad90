import { systemClock, toIso } from '../../../core/clock.ts';
import type { Command, CommandContext, Drawing } from '../../../core/feature.ts';
import { localTime } from '../../../core/local-time.ts';
import type { Outage, OutageList, Uptime } from './schema.ts';

const dayMs = 86_400_000;

/** "99.95 % up in the 29 days that were watched, 12 min down; not observed for 18 h". */
export function uptimeWords(uptime: Uptime, draw: Drawing): string {
  const { ratio, downSeconds, upSeconds, unobservedSeconds } = uptime;
  if (ratio === null) return 'nothing was observed in this time';
  const watched = draw.duration((upSeconds + downSeconds) * 1000);
  const unobserved =
    unobservedSeconds >= 1 ? `; not observed for ${draw.duration(unobservedSeconds * 1000)}` : '';
  return `${percentUp(ratio)} up in the ${watched} that were watched, ${draw.duration(downSeconds * 1000)} down${unobserved}`;
}

/** Rounded down, so that 100 % means that there was nothing; the last per cent in thousandths. */
function percentUp(ratio: number): string {
  const digits = ratio >= 0.99 ? 3 : 1;
  const scale = 10 ** (digits + 2);
  return `${Number(((Math.floor(ratio * scale) / scale) * 100).toFixed(digits))} %`;
}

function rows(list: readonly Outage[], draw: Drawing): string[][] {
  return list.map((outage) => [
    String(outage.id),
    localTime(Date.parse(outage.startedAt), 'auto', true),
    outage.endedAt === null ? 'still' : draw.duration(outage.durationSeconds * 1000),
    `${draw.paint(outage.kind === 'outage' ? 'down' : 'degraded', draw.shape(outage.kind === 'outage' ? 'down' : 'degraded'))} ${outage.symptom}`,
    outage.verdict,
    `${Math.round(outage.confidence * 100)} %`,
    outage.family,
  ]);
}

async function show({ client, terminal, arguments: [id] }: CommandContext): Promise<number> {
  if (!/^\d+$/.test(id ?? '')) {
    terminal.error(`"${id ?? ''}" is not the number of an outage. ist outages lists them.`);
    return 2;
  }
  const outage = await client.get<Outage>(`/api/outages/${id}`);
  if (terminal.isJson) {
    terminal.json(outage);
    return 0;
  }
  const { draw, columns } = terminal;
  for (const line of draw.wrap(outage.text, columns)) terminal.line(line);
  terminal.line();
  terminal.line(
    `verdict    ${outage.verdict} (${Math.round(outage.confidence * 100)} % sure; candidates: ${outage.candidates.join(', ')})`,
  );
  terminal.line(`rule       ${outage.evidence.rule}`);
  terminal.line(
    `noticed    ${seconds(outage.startedAt, outage.announcedAt)} s after the first affected exchange`,
  );
  if (outage.decidedAt !== null)
    terminal.line(`decided    ${seconds(outage.startedAt, outage.decidedAt)} s after it`);
  terminal.line();
  const table = draw.table(
    [
      { title: 'Target' },
      { title: 'Part' },
      { title: 'Family' },
      { title: 'Sent', align: 'right' },
      { title: 'Lost', align: 'right' },
      { title: 'ms', align: 'decimal' },
      { title: 'usual', align: 'decimal' },
    ],
    outage.evidence.nodes.map((node) => [
      node.name,
      node.segment,
      node.family,
      String(node.sent),
      String(node.lost),
      node.rttMs === null ? '–' : node.rttMs.toFixed(1),
      node.baselineMs === null ? '–' : node.baselineMs.toFixed(1),
    ]),
    columns,
  );
  for (const line of table) terminal.line(line);
  for (const { name, value } of outage.evidence.facts)
    terminal.line(draw.paint('faint', `${name}: ${value}`));
  return 0;
}

const seconds = (from: string, to: string) => ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);

async function list({ client, terminal, options }: CommandContext): Promise<number> {
  const days = Number(options.days ?? 30);
  if (!(days > 0 && days <= 3650)) {
    terminal.error(`--days takes a number from 1 to 3650, not "${options.days}".`);
    return 2;
  }
  const from = toIso(systemClock.wallMs() - days * dayMs);
  const answer = await client.get<OutageList>(`/api/outages?from=${from}`);
  const isDown = answer.outages.some(({ endedAt, kind }) => endedAt === null && kind === 'outage');
  if (terminal.isJson) {
    terminal.json(answer);
    return isDown ? 1 : 0;
  }
  const { draw, columns } = terminal;
  terminal.line(`Last ${days} days: ${uptimeWords(answer.uptime, draw)}.`);
  if (answer.outages.length === 0) {
    terminal.line('No outage and no degradation.');
    return 0;
  }
  terminal.line();
  const table = draw.table(
    [
      { title: 'No', align: 'right' },
      { title: 'Began' },
      { title: 'Length' },
      { title: 'What' },
      { title: 'Fault' },
      { title: 'Sure', align: 'right' },
      { title: 'Family' },
    ],
    rows(answer.outages, draw),
    columns,
  );
  for (const line of table) terminal.line(line);
  for (const gap of answer.gaps)
    terminal.line(
      draw.paint(
        'faint',
        `not observed from ${localTime(Date.parse(gap.startedAt), 'auto', true)}: ${gap.text}`,
      ),
    );
  terminal.line(draw.paint('faint', 'ist outages show NO prints the evidence.'));
  return isDown ? 1 : 0;
}

export const outageCommands: readonly Command[] = [
  {
    name: 'outages',
    summary: 'when the Internet was bad, whose fault it was, and the uptime',
    options: [{ flags: '--days <days>', description: 'how far back', default: '30' }],
    commands: [{ name: 'show', arguments: '<number>', summary: 'one outage with its evidence', run: show }],
    run: list,
  },
];
