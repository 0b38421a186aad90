import { scopesUpTo } from '../../../core/access.ts';
import type { Caller } from '../../../core/feature.ts';
import type { Account } from './accounts.ts';
import type { Key } from './keys.ts';
import type { Session } from './sessions.ts';

/** What a key may ask for: never what belongs to a person. */
export function callerOfKey({ id, name, scope }: Key): Caller {
  return {
    kind: 'key',
    name,
    accountId: null,
    sessionId: null,
    keyId: id,
    scopes: scopesUpTo(scope),
    isOwner: false,
  };
}

/** The owner may do everything, a viewer look and mind the own account. */
export function callerOfSession({ id }: Pick<Session, 'id'>, account: Account): Caller {
  const isOwner = account.role === 'owner';
  return {
    kind: 'session',
    name: account.name,
    accountId: account.id,
    sessionId: id,
    keyId: null,
    scopes: isOwner ? [...scopesUpTo('admin'), 'account', 'owner'] : [...scopesUpTo('read'), 'account'],
    isOwner,
  };
}
