import { AppError } from '../../../core/errors.ts';
import type { Command, Terminal } from '../../../core/feature.ts';
import { saySize } from '../../../core/sizes.ts';
import type { OutsideEntry, OutsideList } from '../consent/schema.ts';

const place = '/api/consent';
const words = { on: true, off: false } as const;

const isWord = (word: string): word is keyof typeof words => Object.hasOwn(words, word);

/** A subcommand of `config`, because the switches stand in the configuration. */
export const consentCommand: Command = {
  name: 'consent',
  arguments: '[service] [switch]',
  summary: 'list everything that leaves the house; switch an outside service with on or off',
  async run({ arguments: [service, word], client, terminal }) {
    if (word !== undefined && !isWord(word)) {
      terminal.error(`"${word}" is neither on nor off.`);
      return 2;
    }
    if (service === undefined) {
      const list = await client.get<OutsideList>(place);
      if (terminal.isJson) terminal.json(list);
      else printList(list, terminal);
      return 0;
    }
    const entry =
      word === undefined
        ? find(await client.get<OutsideList>(place), service)
        : await client.send<OutsideEntry>('PUT', `${place}/${encodeURIComponent(service)}`, {
            isOn: words[word],
          });
    if (terminal.isJson) terminal.json(entry);
    else printEntry(entry, terminal);
    return 0;
  },
};

function find({ services }: OutsideList, id: string): OutsideEntry {
  const found = services.find((each) => each.id === id);
  if (found) return found;
  const known = services.map((each) => each.id).join(', ');
  throw new AppError('CONSENT_UNKNOWN', `There is no "${id}"; there are ${known}`, { status: 404 });
}

function printList({ services }: OutsideList, terminal: Terminal): void {
  const { paint, table } = terminal.draw;
  const print = (
    heading: string,
    columns: Parameters<typeof table>[0],
    rows: Parameters<typeof table>[1],
  ): void => {
    terminal.line(paint('strong', heading));
    for (const line of table(columns, rows, terminal.columns)) terminal.line(line);
  };
  const price = { title: 'month, roughly', align: 'right' } as const;
  const switched = services.filter(({ kind }) => kind === 'service');
  if (switched.length === 0) terminal.line('No outside service is used.');
  else {
    print(
      'Contacted only while switched on',
      [{ title: 'id' }, { title: 'who' }, { title: 'switch' }, { title: 'last contact' }, price],
      switched.map(({ id, name, isOn, lastContactAt, bytesPerMonth }) => [
        ...[id, name, isOn ? 'on' : 'off', lastContactAt ?? 'never', saySize(bytesPerMonth)],
      ]),
    );
  }
  terminal.line();
  print(
    'Measured towards',
    [{ title: 'id' }, { title: 'who' }, { title: 'set by' }, price],
    services
      .filter(({ kind }) => kind === 'probing')
      .map(({ id, name, setting, bytesPerMonth }) => [id, name, setting, saySize(bytesPerMonth)]),
  );
  terminal.line();
  terminal.line('What each of them learns: ist config consent <id>');
}

function printEntry(entry: OutsideEntry, terminal: Terminal): void {
  const { paint, wrap } = terminal.draw;
  const { name, kind, isOn, setting, purpose, learns, protocol, hosts, bytesPerMonth } = entry;
  const state = kind === 'service' ? `, ${isOn ? 'on' : 'off'} (${setting})` : `, set by ${setting}`;
  terminal.line(`${paint('strong', name)}${state}`);
  const facts = [
    ['What for', purpose],
    ['It learns', learns],
    ['How', protocol],
    ['Where', hosts.length === 0 ? 'nowhere' : hosts.join(', ')],
    ['A month', `${saySize(bytesPerMonth)}, roughly`],
    ...(kind === 'service' ? [['Contacted', contactsOf(entry)]] : []),
  ];
  const indent = ' '.repeat(11);
  for (const [title = '', text = ''] of facts) {
    const lines = wrap(`${`${title}:`.padEnd(indent.length)}${text}`, terminal.columns, indent);
    for (const line of lines) terminal.line(line);
  }
}

function contactsOf({ lastContactAt, thisMonth, total }: OutsideEntry): string {
  if (lastContactAt === null || thisMonth === null || total === null) return 'never';
  const bytes = saySize(thisMonth.sentBytes + thisMonth.receivedBytes);
  return `${lastContactAt} for the last time; ${thisMonth.contacts} times this month, ${bytes}; ${total.contacts} times since ${total.since ?? 'now'}`;
}
