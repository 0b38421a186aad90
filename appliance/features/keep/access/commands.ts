import { AppError } from '../../../core/errors.ts';
import type { Command, CommandContext, Terminal } from '../../../core/feature.ts';
import { askCode, askNewPassword } from './ask-secret.ts';
import { keyCommand } from './key-command.ts';
import { hashPassword } from './password-hash.ts';
import { assertGoodPassword, normalPassword } from './password-rules.ts';
import { qrText } from './qr-text.ts';
import type { AccountEntry, AccountList, ClaimState, Enrolment, RecoveryCodes } from './schema.ts';
import { qrRows } from './second-factor.ts';

const claim: Command = {
  name: 'claim',
  summary: 'show the code that makes its first user the owner of this appliance',
  options: [
    { flags: '--reset', description: 'remove all accounts, sessions and access keys and make a new code' },
  ],
  async run({ options, client, terminal }) {
    const state =
      options.reset === true
        ? await client.send<ClaimState>('DELETE', '/api/claim')
        : await client.get<ClaimState>('/api/claim');
    if (terminal.isJson) terminal.json(state);
    else await printClaim(state, terminal);
    return 0;
  },
};

const hash: Command = {
  name: 'hash',
  summary: 'print the hash of a password for access.ownerPasswordHash, without asking the service',
  async run({ terminal }) {
    const password = await askNewPassword(terminal);
    assertGoodPassword(password, 'owner');
    const hashed = await hashPassword(normalPassword(password));
    if (terminal.isJson) terminal.json({ hash: hashed });
    else terminal.line(hashed);
    return 0;
  },
};

const secondFactor: Command = {
  name: 'second-factor',
  arguments: '<on|off> [account]',
  summary: 'ask an authenticator app for a code at every sign-in, or no longer',
  async run(context) {
    const [wanted, account] = context.arguments;
    if (wanted === 'off') return await dropFactor(context, account);
    if (wanted === 'on') return await beginFactor(context, account);
    throw new AppError('USAGE', `second-factor is "on" or "off", not "${wanted}".`, { status: 400 });
  },
};

const passwd: Command = {
  name: 'passwd',
  arguments: '[account]',
  summary: 'set a new password for the owner or another account; all its sessions end',
  options: [
    { flags: '--no-second-factor', description: 'also switch its second factor off, when the phone is lost' },
  ],
  commands: [hash, secondFactor],
  async run({ arguments: [name], options, client, terminal }) {
    const { accounts } = await client.get<AccountList>('/api/accounts');
    const account = chooseAccount(accounts, name);
    const password = await askNewPassword(terminal);
    const body = { password, dropSecondFactor: options.secondFactor === false };
    const changed = await client.send<AccountEntry>('POST', `/api/accounts/${account.id}/password`, body);
    if (terminal.isJson) terminal.json(changed);
    else terminal.line(`The password of ${changed.name} is the new one; everybody signed in with it is out.`);
    return 0;
  },
};

export const accessCommands: readonly Command[] = [claim, passwd, keyCommand];

async function printClaim({ isClaimed, code, urls }: ClaimState, terminal: Terminal): Promise<void> {
  if (isClaimed || code === null) {
    terminal.line(
      isClaimed
        ? 'This appliance has an owner. A forgotten password is set anew with: ist passwd'
        : 'This appliance has no owner yet. The claim code is shown on the box itself.',
    );
    return;
  }
  terminal.line('This appliance has no owner yet. Open the dashboard and enter the claim code:');
  terminal.line();
  terminal.line(`    ${terminal.draw.paint('strong', code)}`);
  terminal.line();
  for (const url of urls) terminal.line(`    ${url}`);
  const [url] = urls.filter((one) => /\d+\.\d+\.\d+\.\d+/.test(one));
  if (url === undefined || !terminal.isInteractive) return;
  terminal.line();
  terminal.line('Or with a phone of the same network:');
  // What follows # stays in the browser: it is in no log and no request.
  for (const line of qrText(await qrRows(`${url}/claim#${code}`))) terminal.line(line);
}

async function beginFactor(
  { client, terminal }: CommandContext,
  account: string | undefined,
): Promise<number> {
  const query = account === undefined ? '' : `?account=${encodeURIComponent(account)}`;
  const { secret, uri, qr } = await client.send<Enrolment>('POST', `/api/second-factor${query}`);
  if (!terminal.isJson) {
    terminal.line('Scan this with an authenticator app:');
    for (const line of qrText(qr)) terminal.line(line);
    terminal.line(`or type: ${secret}`);
  } else terminal.error(uri);
  const code = await askCode('Code that the app shows now: ', terminal);
  const { codes } = await client.send<RecoveryCodes>('PUT', `/api/second-factor${query}`, { code });
  if (terminal.isJson) terminal.json({ codes });
  else {
    terminal.line(
      'The second factor is on. Keep these codes; each is good for one sign-in without the phone:',
    );
    for (const one of codes) terminal.line(`    ${one}`);
  }
  return 0;
}

async function dropFactor(
  { client, terminal }: CommandContext,
  account: string | undefined,
): Promise<number> {
  const query = account === undefined ? '' : `?account=${encodeURIComponent(account)}`;
  const changed = await client.send<AccountEntry>('DELETE', `/api/second-factor${query}`);
  if (terminal.isJson) terminal.json(changed);
  else terminal.line(`The second factor of ${changed.name} is off.`);
  return 0;
}

function chooseAccount(accounts: readonly AccountEntry[], name: string | undefined): AccountEntry {
  const wanted = name?.toLowerCase();
  const found = accounts.find((account) =>
    wanted === undefined ? account.role === 'owner' : account.name.toLowerCase() === wanted,
  );
  if (found !== undefined) return found;
  const known = accounts.map((account) => account.name).join(', ');
  throw new AppError(
    'ACCOUNT_UNKNOWN',
    accounts.length === 0
      ? 'This appliance has no owner yet; its claim code is printed by: ist claim'
      : `There is no account "${name}"; the accounts are: ${known}`,
    { status: 404 },
  );
}
