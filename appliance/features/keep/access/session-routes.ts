import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type Caller, type Route, type RouteRequest, route, WithHeaders } from '../../../core/feature.ts';
import { callerOfSession } from './callers.ts';
import { claim, resetClaim } from './claiming.ts';
import { noSessionCookie, sessionCookie } from './cookies.ts';
import type { Origin } from './guesses.ts';
import { infoOf, sessionEntry } from './present.ts';
import { reachableAt } from './reachable.ts';
import {
  ClaimRequest,
  ClaimState,
  Confirmation,
  SessionInfo,
  SessionList,
  SessionsEnded,
  SignIn,
} from './schema.ts';
import type { AccessService } from './service.ts';
import type { Session } from './sessions.ts';
import { checkPassword, type SignedIn, signIn } from './sign-in.ts';

const tag = 'Access';
type Asked = Pick<RouteRequest<unknown, unknown, unknown>, 'address' | 'caller' | 'signal' | 'userAgent'>;

export function originOf({ address, caller, signal, userAgent }: Asked): Origin & { agent: string } {
  return { address, isLocal: caller.kind === 'local', signal, agent: userAgent };
}

/** Becoming the owner, signing in and out, and who is signed in. */
export function sessionRoutes(service: AccessService): Route[] {
  /** A new session takes the place of the one that the browser had: its id is never used on. */
  const begin = async (signedIn: SignedIn, { sessionId }: Caller, isSecure: boolean) => {
    if (sessionId !== null) await service.sessions.end(({ id }) => id === sessionId);
    const { account, session, token } = signedIn;
    return new WithHeaders(infoOf(service, callerOfSession(session, account)), {
      'set-cookie': sessionCookie(token, isSecure),
    });
  };
  return [
    route({
      method: 'GET',
      path: '/api/claim',
      scope: 'open',
      isBeforeClaim: true,
      tag,
      summary: 'Whether the appliance has an owner',
      response: ClaimState,
      async handle({ caller }) {
        await service.ready();
        const isShown = caller.kind === 'local' && !service.isClaimed;
        return {
          isClaimed: service.isClaimed,
          code: isShown ? service.claimCode.shown : null,
          urls: isShown ? reachableAt(service.context.config.current.http) : [],
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/claim',
      scope: 'open',
      isBeforeClaim: true,
      tag,
      summary: 'Become the owner with the claim code, and be signed in',
      body: ClaimRequest,
      response: SessionInfo,
      handle: async (request) =>
        begin(await claim(service, request.body, originOf(request)), request.caller, request.isSecure),
    }),
    route({
      method: 'DELETE',
      path: '/api/claim',
      scope: 'owner',
      tag,
      summary: 'Remove all accounts, sessions and keys and offer a new claim code; at the local socket alone',
      response: ClaimState,
      async handle({ caller }) {
        if (caller.kind !== 'local') {
          throw new AppError('LOCAL_ONLY', 'This is done on the box itself: ist claim --reset', {
            status: 403,
          });
        }
        await resetClaim(service);
        const { isClaimed, claimCode, context } = service;
        return { isClaimed, code: claimCode.shown, urls: reachableAt(context.config.current.http) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/login',
      scope: 'open',
      tag,
      summary: 'Sign in; the session is a cookie',
      body: SignIn,
      response: SessionInfo,
      handle: async (request) =>
        begin(await signIn(service, request.body, originOf(request)), request.caller, request.isSecure),
    }),
    route({
      method: 'POST',
      path: '/api/logout',
      scope: 'open',
      tag,
      summary: 'End the session that asks',
      response: SessionsEnded,
      async handle({ caller, isSecure }) {
        const ended =
          caller.sessionId === null ? 0 : await service.sessions.end(({ id }) => id === caller.sessionId);
        return new WithHeaders({ ended }, { 'set-cookie': noSessionCookie(isSecure) });
      },
    }),
    route({
      method: 'GET',
      path: '/api/session',
      scope: 'open',
      tag,
      summary: 'Who the caller is and what he may do',
      response: SessionInfo,
      async handle({ caller }) {
        await service.ready();
        return infoOf(service, caller);
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/confirm',
      scope: 'account',
      tag,
      summary: 'Give the password again, for what is grave',
      body: Confirmation,
      response: SessionInfo,
      async handle(request) {
        const { caller, body } = request;
        if (caller.accountId !== null && caller.sessionId !== null) {
          await checkPassword(service, caller.accountId, body.password, originOf(request));
          service.sessions.confirm(caller.sessionId);
        }
        return infoOf(service, caller);
      },
    }),
    route({
      method: 'GET',
      path: '/api/sessions',
      scope: 'account',
      tag,
      summary: 'Who is signed in: the own sessions, for the owner all',
      response: SessionList,
      async handle({ caller }) {
        await service.ready();
        const sessions = service.sessions.list().filter((session) => isOf(session, caller));
        return { sessions: sessions.map((session) => sessionEntry(service, session, caller)) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions',
      scope: 'account',
      tag,
      summary: 'End all own sessions but the one that asks',
      response: SessionsEnded,
      async handle({ caller }) {
        await service.ready();
        const isOther = (session: Session) =>
          session.id !== caller.sessionId &&
          (caller.kind === 'local' || session.accountId === caller.accountId);
        return { ended: await service.sessions.end(isOther) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions/:id',
      scope: 'account',
      tag,
      summary: 'End a session',
      params: Type.Object({ id: Type.String({ maxLength: 32 }) }),
      response: SessionsEnded,
      async handle({ caller, params }) {
        await service.ready();
        const ended = await service.sessions.end(
          (session) => session.id === params.id && isOf(session, caller),
        );
        if (ended === 0) throw new AppError('SESSION_UNKNOWN', 'There is no such session', { status: 404 });
        return { ended };
      },
    }),
  ];
}

function isOf(session: Session, caller: Caller): boolean {
  return caller.isOwner || session.accountId === caller.accountId;
}
