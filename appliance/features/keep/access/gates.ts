import { nobody, scopesUpTo } from '../../../core/access.ts';
import { AppError } from '../../../core/errors.ts';
import type { AccessGate, Caller, GateRequest } from '../../../core/feature.ts';
import { callerOfKey, callerOfSession } from './callers.ts';
import { readKey, readSessionCookie } from './cookies.ts';
import { isNear } from './near.ts';
import type { AccessService } from './service.ts';
import { sessionLimits } from './sessions.ts';

/** Closed until somebody is the owner, then: who calls, and has the person given the password lately. */
export function accessGates(service: AccessService): readonly AccessGate[] {
  return [claimGate(service), callerGate(service), passwordGate(service)];
}

function claimGate(service: AccessService): AccessGate {
  return {
    name: 'claim',
    async check(request, caller) {
      // The demo shows a line that does not exist: there is nothing to hide, and nothing to change without claiming it.
      if (request.isLocal || request.isBeforeClaim || service.context.about.isDemo) return caller;
      await service.ready();
      if (service.isClaimed) return caller;
      // Before the claim only somebody on the box itself can have made a key: who may open its socket owns it.
      const key = readKey(request.headers);
      if (key !== null && service.keys.use(key) !== null) return caller;
      throw new AppError(
        'UNCLAIMED',
        'This appliance has no owner yet: open its dashboard and enter the claim code, which its log shows and "ist claim" prints',
        { status: 403 },
      );
    },
  };
}

/** Credentials that are wrong make nobody of their bearer; only where something is asked for does it matter. */
function callerGate(service: AccessService): AccessGate {
  const everybody: Caller = { ...nobody, scopes: scopesUpTo('read') };
  return {
    name: 'caller',
    async check(request, caller) {
      if (request.isLocal) return caller;
      const text = readKey(request.headers);
      const token = readSessionCookie(request);
      if (text !== null || token !== null) await service.ready();
      if (text !== null) {
        const key = service.keys.use(text);
        if (key !== null) return callerOfKey(key);
        if (request.scope !== 'open') throw keyWrong();
      }
      const session = token === null ? null : service.sessions.use(token);
      const account = session === null ? null : service.accounts.find(session.accountId);
      if (session !== null && account !== null) return callerOfSession(session, account);
      return service.isReadingOpen && isNear(request) ? everybody : caller;
    },
    mayStay({ kind, keyId, sessionId, scopes }) {
      if (kind === 'key') return service.keys.useAgain(keyId ?? '');
      if (kind === 'session') return service.sessions.useAgain(sessionId ?? '');
      return kind === 'local' || !scopes.includes('read') || service.isReadingOpen;
    },
  };
}

function passwordGate(service: AccessService): AccessGate {
  return {
    name: 'password',
    check(request: GateRequest, caller: Caller) {
      if (!request.asksPassword || caller.kind === 'local' || !caller.scopes.includes(request.scope))
        return caller;
      if (caller.kind !== 'session' || caller.sessionId === null) {
        throw new AppError('PERSON_NEEDED', 'Only a person who is signed in may do this, not a key', {
          status: 403,
        });
      }
      if (service.sessions.confirmedForMs(caller.sessionId) > 0) return caller;
      const minutes = sessionLimits.confirmedMs / 60_000;
      throw new AppError(
        'PASSWORD_NEEDED',
        `Give the password again (POST /api/session/confirm); it then counts for ${minutes} min`,
        { status: 403, details: { minutes } },
      );
    },
  };
}

function keyWrong(): AppError {
  return new AppError('KEY_WRONG', 'This access key is not valid; it may have been revoked or have expired', {
    status: 401,
  });
}
