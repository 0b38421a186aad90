import { type KeyScope, keyScopes } from '../../../core/access.ts';
import { AppError } from '../../../core/errors.ts';
import type { Command, Terminal } from '../../../core/feature.ts';
import type { KeyList, KeyMade, NewKey } from './schema.ts';

const place = '/api/keys';

const list: Command = {
  name: 'list',
  summary: 'list the access keys, without the keys themselves',
  async run({ client, terminal }) {
    const keys = await client.get<KeyList>(place);
    if (terminal.isJson) terminal.json(keys);
    else printKeys(keys, terminal);
    return 0;
  },
};

const create: Command = {
  name: 'create',
  arguments: '<name>',
  summary: 'make an access key for a program; it is shown this once',
  options: [
    { flags: '--scope <scope>', description: `what it may do: ${keyScopes.join(', ')}`, default: 'read' },
    { flags: '--expires <days>', description: 'days until it ends by itself; else never' },
  ],
  async run({ arguments: [name = ''], options, client, terminal }) {
    const body: NewKey = { name, scope: readScope(options.scope), ...readDays(options.expires) };
    const made = await client.send<KeyMade>('POST', place, body);
    if (terminal.isJson) terminal.json(made);
    else {
      terminal.line(made.key);
      terminal.error(
        `Keep it: it is not shown again. Sent as: Authorization: Bearer ${made.key.slice(0, 8)}…`,
      );
      if (made.expiresAt !== null) terminal.error(`It ends on ${made.expiresAt}.`);
    }
    return 0;
  },
};

const revoke: Command = {
  name: 'revoke',
  arguments: '<key>',
  summary: 'end an access key at once, by its id or name',
  async run({ arguments: [wanted = ''], client, terminal }) {
    const { keys } = await client.get<KeyList>(place);
    const found = keys.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
    if (found === undefined) {
      throw new AppError('KEY_UNKNOWN', `There is no access key "${wanted}"; ist keys lists them.`, {
        status: 404,
      });
    }
    const left = await client.send<KeyList>('DELETE', `${place}/${found.id}`);
    if (terminal.isJson) terminal.json(left);
    else terminal.line(`The access key "${found.name}" is revoked.`);
    return 0;
  },
};

export const keyCommand: Command = {
  name: 'keys',
  summary: 'list, make and revoke access keys for programs',
  commands: [list, create, revoke],
  run: list.run,
};

function printKeys({ keys, limit }: KeyList, terminal: Terminal): void {
  if (keys.length === 0) {
    terminal.line(
      `No access keys yet; there may be ${limit}. Make one with: ist keys create NAME --scope read`,
    );
    return;
  }
  const columns = ['id', 'name', 'scope', 'begins', 'made', 'ends', 'used'].map((title) => ({ title }));
  const day = (at: string | null, none: string) => at?.slice(0, 10) ?? none;
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scope,
    key.hint,
    day(key.createdAt, ''),
    day(key.expiresAt, 'never'),
    day(key.usedAt, 'never'),
  ]);
  for (const line of terminal.draw.table(columns, rows, terminal.columns)) terminal.line(line);
  terminal.line(`${keys.length} of ${limit}`);
}

function readScope(text: unknown): KeyScope {
  const scope = keyScopes.find((known) => known === text);
  if (scope !== undefined) return scope;
  throw new AppError('USAGE', `--scope is ${text}; it is one of ${keyScopes.join(', ')}.`, { status: 400 });
}

function readDays(text: unknown): { expiresDays?: number } {
  if (text === undefined) return {};
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return { expiresDays: days };
  throw new AppError('USAGE', `--expires is ${text}; it takes a whole number of days from 1 to 3650.`, {
    status: 400,
  });
}
