/** Accounts, sessions and keys as the API shows them: without hashes and secrets. */
import { toIso } from '../../../core/clock.ts';
import type { Caller } from '../../../core/feature.ts';
import type { Account } from './accounts.ts';
import type { Key } from './keys.ts';
import type { AccountEntry, KeyEntry, SessionInfo, SessionList } from './schema.ts';
import type { AccessService } from './service.ts';
import { type Session, sessionLimits } from './sessions.ts';

export function infoOf(service: AccessService, caller: Caller): SessionInfo {
  const { kind, name, accountId, sessionId, isOwner, scopes } = caller;
  const account = accountId === null ? null : service.accounts.find(accountId);
  const session = sessionId === null ? null : service.sessions.find(sessionId);
  const confirmedMs = sessionId === null ? 0 : service.sessions.confirmedForMs(sessionId);
  const nowMs = service.context.timeline.nowMs();
  return {
    kind,
    name,
    accountId,
    sessionId,
    isOwner,
    scopes: [...scopes],
    hasSecondFactor: account !== null && account.totpSecret !== null,
    recoveryCodesLeft: account?.recoveryHashes.length ?? 0,
    confirmedUntil: confirmedMs > 0 ? toIso(nowMs + confirmedMs) : null,
    expiresAt: session === null ? null : toIso(expiryOf(session)),
    isReadingOpen: service.isReadingOpen,
  };
}

export function sessionEntry(
  service: AccessService,
  session: Session,
  caller: Caller,
): SessionList['sessions'][number] {
  return {
    id: session.id,
    accountId: session.accountId,
    name: service.accounts.find(session.accountId)?.name ?? '',
    isCurrent: session.id === caller.sessionId,
    createdAt: toIso(session.createdAtMs),
    seenAt: toIso(session.seenAtMs),
    expiresAt: toIso(expiryOf(session)),
    address: session.address,
    agent: session.agent,
  };
}

export function accountEntry(service: AccessService, account: Account): AccountEntry {
  return {
    id: account.id,
    name: account.name,
    role: account.role,
    createdAt: toIso(account.createdAtMs),
    passwordAt: toIso(account.passwordAtMs),
    hasSecondFactor: account.totpSecret !== null,
    sessions: service.sessions.list().filter(({ accountId }) => accountId === account.id).length,
  };
}

export function keyEntry({ id, name, scope, hint, createdAtMs, expiresAtMs, usedAtMs }: Key): KeyEntry {
  return {
    id,
    name,
    scope,
    hint,
    createdAt: toIso(createdAtMs),
    expiresAt: expiresAtMs === null ? null : toIso(expiresAtMs),
    usedAt: usedAtMs === null ? null : toIso(usedAtMs),
  };
}

function expiryOf({ createdAtMs }: Session): number {
  return createdAtMs + sessionLimits.absoluteMs;
}
