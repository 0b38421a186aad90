import { AppError } from '../../../core/errors.ts';
import type { Origin } from './guesses.ts';
import { hashPassword } from './password-hash.ts';
import { assertGoodPassword, normalPassword } from './password-rules.ts';
import type { ClaimRequest } from './schema.ts';
import type { AccessService } from './service.ts';
import type { SignedIn } from './sign-in.ts';

/** Makes whoever knows the claim code the owner. Throws `ALREADY_CLAIMED`, `CLAIM_CODE_WRONG` and `PASSWORD_WEAK`. */
export async function claim(
  service: AccessService,
  { code, name = 'owner', password }: ClaimRequest,
  origin: Origin & { agent: string },
): Promise<SignedIn> {
  await service.ready();
  assertUnclaimed(service);
  const passwordHash = await service.guesses.run(service.claimThrottle, 'a claim', origin, async () => {
    assertUnclaimed(service); // somebody else may have been faster
    if (!service.claimCode.matches(code)) return { is: 'wrong', refusal: codeWrong(), account: null };
    assertGoodPassword(password, name);
    return { is: 'right', result: await hashPassword(normalPassword(password)) };
  });
  return await service.inTurn(async () => {
    assertUnclaimed(service);
    const { log, timeline } = service.context;
    const account = await service.accounts.add({ name, role: 'owner', passwordHash }, timeline.nowMs());
    service.claimCode.void();
    log.warn({ account: account.name, address: origin.address }, 'this appliance has an owner now');
    service.record({ kind: 'access.claimed', text: 'The appliance was claimed: it has an owner now.' });
    return { account, ...(await service.sessions.open(account.id, origin)) };
  });
}

/** Everybody out: accounts, sessions and keys are gone, and there is a new code. */
export async function resetClaim(service: AccessService): Promise<void> {
  await service.ready();
  await service.inTurn(async () => {
    await service.accounts.removeAll();
    await service.sessions.end(() => true);
    await service.keys.revokeAll();
    service.claimCode.void();
  });
  service.context.bus.emit('account.distrusted', { accountId: null });
  service.context.log.warn({}, 'accounts, sessions and keys were removed at the local socket');
  service.record({
    kind: 'access.reset',
    text: 'All accounts and access keys were removed; it can be claimed again.',
  });
  await service.offerClaim();
}

function assertUnclaimed(service: AccessService): void {
  if (!service.isClaimed) return;
  throw new AppError('ALREADY_CLAIMED', 'This appliance has an owner already; sign in instead', {
    status: 409,
  });
}

function codeWrong(): AppError {
  return new AppError(
    'CLAIM_CODE_WRONG',
    'This is not the claim code. It stands in the log of the service and is printed by: ist claim',
    { status: 403 },
  );
}
