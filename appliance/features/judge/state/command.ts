import type { Command, Drawing } from '../../../core/feature.ts';
import type { Status } from './schema.ts';
import { pathStrip, stateWords, stationTable } from './strip.ts';
import { watch } from './watch-command.ts';

const status: Command = {
  name: 'status',
  summary: 'say in words whether the Internet works, and where it stops',
  async run({ client, terminal }) {
    const now = await client.get<Status>('/api/status');
    if (terminal.isJson) terminal.json(now);
    else for (const line of statusLines(now, terminal.draw, terminal.columns)) terminal.line(line);
    return now.state === 'up' ? 0 : 1;
  },
};

const methodWords = {
  raw: 'raw ICMP',
  socket: 'unprivileged ICMP sockets',
  none: 'no ICMP, only TCP and DNS',
} as const;

/** The sentence, the strip, the numbers and the method. */
export function statusLines(now: Status, draw: Drawing, width: number): string[] {
  const [first = '', ...rest] = draw.wrap(now.sentence, width - 2);
  const shape = draw.paint(now.state, draw.shape(now.state));
  const lines = [
    `${shape} ${draw.paint('strong', first)}`,
    ...rest.map((text) => `  ${draw.paint('strong', text)}`),
    '',
  ];
  for (const line of now.lines) {
    if (now.lines.length > 1) lines.push(`${draw.paint('strong', line.name)}: ${stateWords[line.state]}`);
    lines.push(...pathStrip(line, draw, width), '');
  }
  const numbers = stationTable(now, draw, width);
  if (numbers.length > 0) lines.push(...numbers, '');
  const since = `Running for ${draw.duration(now.uptimeSeconds * 1000)}, measuring with ${methodWords[now.method.icmp]}.`;
  const method = now.method.advice === null ? since : `${since} ${now.method.advice}`;
  lines.push(...draw.wrap(method, width).map((text) => draw.paint('faint', text)));
  for (const { part, isWell, text } of now.notes ?? [])
    lines.push(
      ...draw
        .wrap(`${part}: ${text}`, width)
        .map((words) => draw.paint(isWell ? 'faint' : 'degraded', words)),
    );
  if (!now.clock.isKnown)
    lines.push(draw.paint('degraded', 'The clock is not set yet; times follow when it is.'));
  if (now.isDemo) lines.push(draw.paint('degraded', 'This is the demo: the line is simulated.'));
  return lines;
}

export const stateCommands: readonly Command[] = [status, watch];
