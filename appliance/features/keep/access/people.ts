/** What is done to accounts: passwords, viewers and the second factor. */
import { AppError } from '../../../core/errors.ts';
import type { Caller } from '../../../core/feature.ts';
import type { Account } from './accounts.ts';
import type { Origin } from './guesses.ts';
import { hashPassword } from './password-hash.ts';
import { assertGoodPassword, normalPassword } from './password-rules.ts';
import type { Enrolment } from './schema.ts';
import { codeWrong, enrolmentUri, newRecoveryCodes, newSecret, qrRows, stepOfCode } from './second-factor.ts';
import type { AccessService } from './service.ts';
import { checkPassword } from './sign-in.ts';

/** An enrolment that nobody finishes is forgotten. */
const enrolmentMs = 10 * 60_000;

/** The password of the caller; every other session of the account ends. */
export async function changePassword(
  service: AccessService,
  caller: Caller,
  { current, password }: { current: string; password: string },
  origin: Origin,
): Promise<void> {
  const account = accountOf(service, caller);
  assertGoodPassword(password, account.name);
  await checkPassword(service, account.id, current, origin);
  await setPassword(service, account, password, (id) => id === caller.sessionId);
  if (caller.sessionId !== null) service.sessions.confirm(caller.sessionId);
}

/** For somebody else, or at the local socket for anybody. All sessions of the account end. */
export async function resetPassword(
  service: AccessService,
  caller: Caller,
  id: string,
  { password, dropSecondFactor = false }: { password: string; dropSecondFactor?: boolean },
): Promise<Account> {
  await service.ready();
  const account = service.accounts.find(id);
  if (account === null) throw unknown();
  if (account.role === 'owner' && caller.kind !== 'local') {
    throw new AppError('PASSWORD_OWN', 'The own password is changed with the old one, or with: ist passwd', {
      status: 409,
    });
  }
  assertGoodPassword(password, account.name);
  await setPassword(service, account, password, () => false, dropSecondFactor);
  return service.accounts.find(id) ?? account;
}

async function setPassword(
  service: AccessService,
  account: Account,
  password: string,
  mayStay: (sessionId: string) => boolean,
  dropSecondFactor = false,
): Promise<void> {
  const { log, timeline } = service.context;
  const passwordHash = await service.hashes.run(true, () => hashPassword(normalPassword(password)));
  await service.inTurn(async () => {
    const noFactor = dropSecondFactor ? { totpSecret: null, totpStep: 0, recoveryHashes: [] } : {};
    await service.accounts.change(account.id, { passwordHash, passwordAtMs: timeline.nowMs(), ...noFactor });
    await service.sessions.end((session) => session.accountId === account.id && !mayStay(session.id));
  });
  service.context.bus.emit('account.distrusted', { accountId: account.id });
  log.warn({ account: account.name }, 'a password was changed');
  const factor =
    dropSecondFactor && account.totpSecret !== null ? ' and the second factor was switched off' : '';
  service.record({ kind: 'access.password', text: `The password of ${account.name} was changed${factor}.` });
}

/** Somebody who may look and change nothing. */
export async function addViewer(
  service: AccessService,
  { name, password }: { name: string; password: string },
): Promise<Account> {
  await service.ready();
  assertGoodPassword(password, name);
  service.accounts.assertRoomFor(name, 'viewer');
  const passwordHash = await service.hashes.run(true, () => hashPassword(normalPassword(password)));
  const account = await service.inTurn(() =>
    service.accounts.add({ name, role: 'viewer', passwordHash }, service.context.timeline.nowMs()),
  );
  service.record({ kind: 'access.account', text: `${name} may look at this appliance now.` });
  return account;
}

export async function removeViewer(service: AccessService, id: string): Promise<void> {
  await service.ready();
  await service.inTurn(async () => {
    const account = service.accounts.find(id);
    if (account === null) throw unknown();
    if (account.role === 'owner') {
      throw new AppError('OWNER_STAYS', 'The owner cannot be removed; to begin anew: ist claim --reset', {
        status: 409,
      });
    }
    await service.accounts.remove(id);
    await service.sessions.end((session) => session.accountId === id);
    service.context.bus.emit('account.distrusted', { accountId: id });
    service.record({ kind: 'access.account', text: `${account.name} may no longer look at this appliance.` });
  });
}

/** The second factor of an account, from the first QR code to switching it off. */
export class SecondFactors {
  readonly #service: AccessService;
  /** One an account, so no more than there are accounts. */
  readonly #begun = new Map<string, { secret: string; untilMonoMs: number }>();

  constructor(service: AccessService) {
    this.#service = service;
  }

  async begin(account: Account): Promise<Enrolment> {
    const secret = await newSecret();
    const untilMonoMs = this.#service.context.clock.monoMs() + enrolmentMs;
    this.#begun.set(account.id, { secret, untilMonoMs });
    const uri = await enrolmentUri(secret, account.name);
    return { secret, uri, qr: await qrRows(uri) };
  }

  /** Switches it on once a code proves that the app has the secret; gives the recovery codes. */
  async finish(account: Account, code: string): Promise<string[]> {
    const { clock, timeline } = this.#service.context;
    const begun = this.#begun.get(account.id);
    if (begun === undefined || clock.monoMs() > begun.untilMonoMs) {
      throw new AppError('ENROLMENT_MISSING', 'Begin again: there is no QR code that waits for its code', {
        status: 409,
      });
    }
    const step = await stepOfCode({ secret: begun.secret, lastStep: 0, code }, timeline.nowMs());
    if (step === null) throw codeWrong(timeline.anchor.isKnown);
    this.#begun.delete(account.id);
    const { shown, hashes } = newRecoveryCodes();
    const change = { totpSecret: begun.secret, totpStep: step, recoveryHashes: hashes };
    await this.#service.inTurn(() => this.#service.accounts.change(account.id, change));
    this.#tell(account, 'was switched on');
    return shown;
  }

  async renewRecovery(account: Account): Promise<string[]> {
    if (account.totpSecret === null) {
      throw new AppError('FACTOR_OFF', 'The second factor is off', { status: 409 });
    }
    const { shown, hashes } = newRecoveryCodes();
    await this.#service.inTurn(() => this.#service.accounts.change(account.id, { recoveryHashes: hashes }));
    this.#tell(account, 'has new recovery codes');
    return shown;
  }

  async drop(account: Account): Promise<void> {
    const off = { totpSecret: null, totpStep: 0, recoveryHashes: [] };
    await this.#service.inTurn(() => this.#service.accounts.change(account.id, off));
    this.#tell(account, 'was switched off');
  }

  #tell(account: Account, what: string): void {
    this.#service.context.log.warn({ account: account.name }, `the second factor ${what}`);
    this.#service.record({ kind: 'access.factor', text: `The second factor of ${account.name} ${what}.` });
  }
}

/** The account of whoever calls; at the local socket the one that is named, else the owner's. */
export function accountOf(service: AccessService, caller: Caller, name?: string): Account {
  if (name !== undefined && caller.kind !== 'local') {
    throw new AppError('LOCAL_ONLY', 'An account can be named at the local socket alone', { status: 403 });
  }
  const account =
    caller.kind === 'local' ? service.accounts.named(name) : service.accounts.find(caller.accountId ?? '');
  if (account !== null) return account;
  throw name === undefined
    ? new AppError('UNCLAIMED', 'This appliance has no owner yet', { status: 409 })
    : unknown();
}

function unknown(): AppError {
  return new AppError('ACCOUNT_UNKNOWN', 'There is no such account', { status: 404 });
}
