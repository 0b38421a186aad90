/** Words of access that more than one room speaks: who may ask for what. */
import type { Caller, Scope } from './feature.ts';

declare module './bus.ts' {
  interface EventMap {
    /**
     * Its password was changed or it was removed: what it has left behind, such as browsers that are sent messages, is
     * not believed any more. Null: all accounts.
     */
    'account.distrusted': { accountId: string | null };
  }
}

/** What a key carries; each scope holds those before it. */
export const keyScopes = ['read', 'run', 'write', 'admin'] as const satisfies readonly Scope[];
export type KeyScope = (typeof keyScopes)[number];

/** Everything that goes with a scope, written out. */
export function scopesUpTo(highest: KeyScope): readonly Scope[] {
  return ['open', ...keyScopes.slice(0, keyScopes.indexOf(highest) + 1)];
}

/** Somebody who showed nothing. */
export const nobody: Caller = {
  kind: 'nobody',
  name: 'nobody',
  accountId: null,
  sessionId: null,
  keyId: null,
  scopes: ['open'],
  isOwner: false,
};

/** Whoever may open the unix socket: its file permission has decided that this is the owner. */
export const localCaller: Caller = {
  kind: 'local',
  name: 'local',
  accountId: null,
  sessionId: null,
  keyId: null,
  scopes: [...scopesUpTo('admin'), 'account', 'owner'],
  isOwner: true,
};
