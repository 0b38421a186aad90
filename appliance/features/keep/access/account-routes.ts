import { Type } from 'typebox';
import { type Route, route } from '../../../core/feature.ts';
import { maxViewers } from './accounts.ts';
import {
  accountOf,
  addViewer,
  changePassword,
  removeViewer,
  resetPassword,
  SecondFactors,
} from './people.ts';
import { accountEntry, infoOf } from './present.ts';
import {
  AccountEntry,
  AccountList,
  Enrolment,
  EnrolmentCode,
  NewAccount,
  PasswordChange,
  PasswordReset,
  RecoveryCodes,
  SessionInfo,
} from './schema.ts';
import type { AccessService } from './service.ts';
import { originOf } from './session-routes.ts';

const tag = 'Access';
const ById = Type.Object({ id: Type.String({ maxLength: 32 }) });
const OfWhom = Type.Object({
  account: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Name of an account; at the local socket alone, else the own one',
    }),
  ),
});

/** Passwords, viewers and the second factor. */
export function accountRoutes(service: AccessService): Route[] {
  const factors = new SecondFactors(service);
  return [
    route({
      method: 'POST',
      path: '/api/password',
      scope: 'account',
      tag,
      summary: 'Change the own password; all other sessions of the account end',
      body: PasswordChange,
      response: SessionInfo,
      async handle(request) {
        await service.ready();
        await changePassword(service, request.caller, request.body, originOf(request));
        return infoOf(service, request.caller);
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts',
      scope: 'owner',
      tag,
      summary: 'The owner and the viewers',
      response: AccountList,
      async handle() {
        await service.ready();
        return {
          accounts: service.accounts.all.map((account) => accountEntry(service, account)),
          maxViewers,
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/accounts',
      scope: 'owner',
      asksPassword: true,
      tag,
      summary: 'Add a viewer, who may look and change nothing',
      body: NewAccount,
      response: AccountEntry,
      handle: async ({ body }) => accountEntry(service, await addViewer(service, body)),
    }),
    route({
      method: 'DELETE',
      path: '/api/accounts/:id',
      scope: 'owner',
      asksPassword: true,
      tag,
      summary: 'Remove a viewer',
      params: ById,
      response: AccountList,
      async handle({ params }) {
        await removeViewer(service, params.id);
        return {
          accounts: service.accounts.all.map((account) => accountEntry(service, account)),
          maxViewers,
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/password',
      scope: 'owner',
      asksPassword: true,
      tag,
      summary: 'Give a viewer another password; at the local socket anybody',
      params: ById,
      body: PasswordReset,
      response: AccountEntry,
      handle: async ({ caller, params, body }) =>
        accountEntry(service, await resetPassword(service, caller, params.id, body)),
    }),
    route({
      method: 'POST',
      path: '/api/second-factor',
      scope: 'account',
      asksPassword: true,
      tag,
      summary: 'Begin with a second factor: a secret for an authenticator app, valid for ten minutes',
      query: OfWhom,
      response: Enrolment,
      async handle({ caller, query }) {
        await service.ready();
        return await factors.begin(accountOf(service, caller, query.account));
      },
    }),
    route({
      method: 'PUT',
      path: '/api/second-factor',
      scope: 'account',
      tag,
      summary: 'Switch it on with a code of the app; gives the recovery codes',
      query: OfWhom,
      body: EnrolmentCode,
      response: RecoveryCodes,
      async handle({ caller, query, body }) {
        await service.ready();
        return { codes: await factors.finish(accountOf(service, caller, query.account), body.code) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/second-factor/recovery-codes',
      scope: 'account',
      asksPassword: true,
      tag,
      summary: 'New recovery codes in place of all that are left',
      query: OfWhom,
      response: RecoveryCodes,
      async handle({ caller, query }) {
        await service.ready();
        return { codes: await factors.renewRecovery(accountOf(service, caller, query.account)) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/second-factor',
      scope: 'account',
      asksPassword: true,
      tag,
      summary: 'Switch the second factor off',
      query: OfWhom,
      response: AccountEntry,
      async handle({ caller, query }) {
        await service.ready();
        const account = accountOf(service, caller, query.account);
        await factors.drop(account);
        return accountEntry(service, service.accounts.find(account.id) ?? account);
      },
    }),
  ];
}
