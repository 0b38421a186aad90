import { AppError } from '../../../core/errors.ts';
import type { Account } from './accounts.ts';
import type { Origin, Verdict } from './guesses.ts';
import { hashPassword, isOutdated, nobodysHash, verifyPassword } from './password-hash.ts';
import { normalPassword } from './password-rules.ts';
import type { SignIn } from './schema.ts';
import { codeWrong, useCode } from './second-factor.ts';
import type { AccessService } from './service.ts';
import type { Session } from './sessions.ts';

export interface SignedIn {
  account: Account;
  session: Session;
  /** For the cookie; kept nowhere. */
  token: string;
}

/** Throws `SIGN_IN_WRONG`, `CODE_NEEDED`, `CODE_WRONG`, `TOO_MANY_TRIES`, `SIGN_IN_BUSY`. */
export async function signIn(
  service: AccessService,
  { name, password, code }: SignIn,
  origin: Origin & { agent: string },
): Promise<SignedIn> {
  await service.ready();
  const account = await service.guesses.run(service.signInThrottle, 'a sign-in', origin, async () => {
    const known = service.accounts.named(name);
    // Somebody who does not exist takes as long as somebody with another password.
    const isRight = await verifyPassword(normalPassword(password), known?.passwordHash ?? nobodysHash());
    if (known === null || !isRight) return { is: 'wrong', refusal: wrong(), account: known?.name ?? null };
    return await checkCode(service, known, code);
  });
  const { passwordHash } = await strengthen(service, account, password);
  return await service.inTurn(async () => {
    // The same once more: a change ends all sessions, and this one must not come after it.
    const still = service.accounts.find(account.id);
    if (still?.passwordHash !== passwordHash) throw wrong();
    service.context.log.info({ account: still.name, address: origin.address }, 'signed in');
    return { account: still, ...(await service.sessions.open(still.id, origin)) };
  });
}

/** Whether this is the password of an account: for what asks for it again. Throws `PASSWORD_WRONG`. */
export async function checkPassword(
  service: AccessService,
  accountId: string,
  password: string,
  origin: Origin,
): Promise<void> {
  const account = service.accounts.find(accountId);
  await service.guesses.run(service.signInThrottle, 'giving the password again', origin, async () => {
    const isRight = await verifyPassword(normalPassword(password), account?.passwordHash ?? nobodysHash());
    if (account !== null && isRight) return { is: 'right', result: undefined };
    const refusal = new AppError('PASSWORD_WRONG', 'This is not the password', { status: 403 });
    return { is: 'wrong', refusal, account: account?.name ?? null };
  });
}

async function checkCode(
  service: AccessService,
  known: Account,
  code: string | undefined,
): Promise<Verdict<Account>> {
  const { timeline } = service.context;
  // In turn, so that no code counts twice.
  return await service.inTurn(async (): Promise<Verdict<Account>> => {
    const account = service.accounts.find(known.id);
    // What was right a moment ago may have been changed meanwhile.
    if (account?.passwordHash !== known.passwordHash)
      return { is: 'wrong', refusal: wrong(), account: known.name };
    if (account.totpSecret === null) return { is: 'right', result: account };
    if (code === undefined) {
      throw new AppError('CODE_NEEDED', 'This account has a second factor: give its code as well', {
        status: 401,
      });
    }
    const used = await useCode(account, code, timeline.nowMs());
    if (used !== null) return { is: 'right', result: await service.accounts.change(account.id, used) };
    return { is: 'wrong', refusal: codeWrong(timeline.anchor.isKnown), account: account.name };
  });
}

/** A hash that was made with less than today's cost is replaced while the password is at hand. */
async function strengthen(service: AccessService, account: Account, password: string): Promise<Account> {
  if (!isOutdated(account.passwordHash)) return account;
  const passwordHash = await service.hashes.run(true, () => hashPassword(normalPassword(password)));
  return await service.inTurn(async () => {
    const isStill = service.accounts.find(account.id)?.passwordHash === account.passwordHash;
    return isStill ? await service.accounts.change(account.id, { passwordHash }) : account;
  });
}

function wrong(): AppError {
  return new AppError('SIGN_IN_WRONG', 'Name or password is wrong', { status: 401 });
}
