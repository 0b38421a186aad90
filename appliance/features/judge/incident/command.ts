import { systemClock, toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext } from '../../../core/feature.ts';
import type { Incident, IncidentDetail, IncidentList, IncidentNote, SnapshotSummary } from './schema.ts';
import { detailLines, listLines } from './view.ts';

const dayMs = 86_400_000;
const maxDays = 3650;

const show: Command = {
  name: 'show',
  arguments: '<id>',
  summary: 'everything known of one incident: what happened, whose fault, what would not have worked',
  async run({ arguments: [word], client, terminal }) {
    const detail = await client.get<IncidentDetail>(`/api/incidents/${number(word)}`);
    if (terminal.isJson) terminal.json(detail);
    else for (const line of detailLines(detail, terminal.draw, terminal.columns)) terminal.line(line);
    return 0;
  },
};

const note: Command = {
  name: 'note',
  arguments: '<id> <text...>',
  summary: 'write a note to an incident',
  async run({ arguments: [word, ...words], client, terminal }) {
    const path = `/api/incidents/${number(word)}/notes`;
    const made = await client.send<IncidentNote>('POST', path, { text: words.join(' ') });
    if (terminal.isJson) terminal.json(made);
    else terminal.line(`Note ${made.id} is written.`);
    return 0;
  },
};

const merge: Command = {
  name: 'merge',
  arguments: '<ids...>',
  summary: 'make one incident of several of the same line',
  run: async (context) => {
    const { arguments: words, client } = context;
    const merged = await client.send<Incident>('POST', '/api/incidents/merge', { ids: words.map(number) });
    return told([merged], context);
  },
};

const split: Command = {
  name: 'split',
  arguments: '<id> <outages...>',
  summary: 'take outages (the records of "ist incidents show") out into an incident of their own',
  run: async (context) => {
    const [word, ...words] = context.arguments;
    const path = `/api/incidents/${number(word)}/split`;
    const { incidents } = await context.client.send<IncidentList>('POST', path, {
      outages: words.map(number),
    });
    return told(incidents, context);
  },
};

const tag: Command = {
  name: 'tag',
  arguments: '<id> [tags...]',
  summary: 'set the tags of an incident; without tags, remove them',
  run: async (context) => {
    const [word, ...tags] = context.arguments;
    return told(
      [await context.client.send<Incident>('PUT', `/api/incidents/${number(word)}/tags`, { tags })],
      context,
    );
  },
};

const acknowledge: Command = {
  name: 'acknowledge',
  arguments: '<id>',
  summary: 'mark an incident as seen',
  run: async (context) => {
    const path = `/api/incidents/${number(context.arguments[0])}/acknowledge`;
    return told([await context.client.send<Incident>('POST', path)], context);
  },
};

const snapshot: Command = {
  name: 'snapshot',
  arguments: '<id>',
  summary: 'keep everything known of an incident now, under a link that can be shared',
  async run({ arguments: [word], client, terminal }) {
    const made = await client.send<SnapshotSummary>('POST', '/api/snapshots', { incident: number(word) });
    if (terminal.isJson) terminal.json(made);
    else terminal.line(`Snapshot made. On the dashboard: /snapshot?id=${made.id}`);
    return 0;
  },
};

const incidents: Command = {
  name: 'incidents',
  summary: 'list what happened to the line, with whose fault it was (* not yet acknowledged)',
  options: [
    { flags: '-d, --days <number>', description: 'how far back', default: '30' },
    { flags: '--verdict <verdict>', description: 'only these: access, isp, gateway, lan, dns, …' },
    { flags: '--line <name>', description: 'only of this line' },
    { flags: '--limit <number>', description: 'at most so many', default: '50' },
  ],
  commands: [show, note, merge, split, tag, acknowledge, snapshot],
  run: async (context) => {
    const { options, client } = context;
    const toMs = systemClock.wallMs();
    const days = within(options.days, '--days', maxDays);
    const query = new URLSearchParams({
      from: toIso(toMs - days * dayMs),
      limit: String(within(options.limit, '--limit', 1000)),
    });
    for (const name of ['verdict', 'line'] as const) {
      const value = options[name];
      if (typeof value === 'string') query.set(name, value);
    }
    const list = await client.get<IncidentList>(`/api/incidents?${query}`);
    if (context.terminal.isJson) context.terminal.json(list);
    else if (list.incidents.length > 0) print(list.incidents, context);
    else context.terminal.line(`No incident in the last ${context.terminal.draw.duration(days * dayMs)}.`);
    return 0;
  },
};

export const incidentCommands: readonly Command[] = [incidents];

/** What incidents are after a change. */
function told(changed: readonly Incident[], context: CommandContext): number {
  const { terminal } = context;
  if (terminal.isJson) terminal.json(changed.length === 1 ? changed[0] : { incidents: changed });
  else print(changed, context);
  return 0;
}

function print(list: readonly Incident[], { terminal }: CommandContext): void {
  for (const line of listLines(list, terminal.draw, terminal.columns)) terminal.line(line);
}

function number(word: string | undefined): number {
  const value = Number(word);
  if (Number.isInteger(value) && value > 0) return value;
  throw new AppError('USAGE', `"${word}" is not the number of an incident or outage.`, { status: 400 });
}

function within(value: string | boolean | undefined, name: string, most: number): number {
  const count = Number(value);
  if (Number.isInteger(count) && count > 0 && count <= most) return count;
  throw new AppError('USAGE', `${name} is ${value}; it takes a whole number from 1 to ${most}.`, {
    status: 400,
  });
}
