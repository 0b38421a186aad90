import { type Static, type TSchema, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';

const orNull = <Schema extends TSchema>(schema: Schema, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** Without control characters, and without spaces at its ends. */
const plainName = (options: { description?: string; default?: string } = {}) =>
  Type.String({
    minLength: 1,
    maxLength: 40,
    pattern: '^[^\\s\\p{C}]([^\\p{C}]*[^\\s\\p{C}])?$',
    ...options,
  });
/** How long it must be is told by the rules for passwords, which give their reason. */
const password = Type.String({ minLength: 1, maxLength: 1024 });
const code = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });

const carried = [
  Type.Literal('read'),
  Type.Literal('run'),
  Type.Literal('write'),
  Type.Literal('admin'),
] as const;
export const KeyScopeName = Type.Union([...carried]);
export const ScopeName = Type.Union([
  Type.Literal('open'),
  ...carried,
  Type.Literal('account'),
  Type.Literal('owner'),
]);

export const ClaimState = Type.Object(
  {
    isClaimed: Type.Boolean({
      description: 'False until somebody is the owner; all else is closed until then',
    }),
    code: orNull(Type.String({ description: 'Over the local socket alone, while there is no owner' })),
    urls: Type.Array(Type.String(), { description: 'Where the dashboard is; over the local socket alone' }),
  },
  { $id: 'ClaimState', additionalProperties: false },
);
export type ClaimState = Static<typeof ClaimState>;

export const ClaimRequest = Type.Object(
  {
    code: code('The claim code; case, spaces and dashes do not matter'),
    name: Type.Optional(plainName({ default: 'owner' })),
    password,
  },
  { $id: 'ClaimRequest', additionalProperties: false },
);
export type ClaimRequest = Static<typeof ClaimRequest>;

export const SignIn = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Absent: the owner' })),
    password,
    code: Type.Optional(code('Second factor: six digits, or a recovery code')),
  },
  { $id: 'SignIn', additionalProperties: false },
);
export type SignIn = Static<typeof SignIn>;

/** Who the caller is and what he may do. */
export const SessionInfo = Type.Object(
  {
    kind: Type.Union(
      [Type.Literal('local'), Type.Literal('session'), Type.Literal('key'), Type.Literal('nobody')],
      { description: 'local: over the unix socket; nobody: not signed in' },
    ),
    name: Type.String(),
    accountId: orNull(Type.String()),
    sessionId: orNull(Type.String()),
    isOwner: Type.Boolean(),
    scopes: Type.Array(ScopeName, { description: 'Everything the caller may ask for; each route names one' }),
    hasSecondFactor: Type.Boolean(),
    recoveryCodesLeft: Type.Integer(),
    confirmedUntil: orNull(IsoTime, 'Until then grave routes do not ask for the password again'),
    expiresAt: orNull(IsoTime, 'When the session ends however much it is used'),
    isReadingOpen: Type.Boolean({ description: 'Whether reading needs no sign-in on this network' }),
  },
  { $id: 'SessionInfo', additionalProperties: false },
);
export type SessionInfo = Static<typeof SessionInfo>;

export const Confirmation = Type.Object({ password }, { $id: 'Confirmation', additionalProperties: false });

export const SessionEntry = Type.Object(
  {
    id: Type.String(),
    accountId: Type.String(),
    name: Type.String({ description: 'Of the account' }),
    isCurrent: Type.Boolean({ description: 'The one that asks' }),
    createdAt: IsoTime,
    seenAt: IsoTime,
    expiresAt: IsoTime,
    address: Type.String(),
    agent: Type.String({ description: 'What the browser calls itself' }),
  },
  { $id: 'SessionEntry', additionalProperties: false },
);

export const SessionList = Type.Object(
  { sessions: Type.Array(SessionEntry, { description: 'The one used last first' }) },
  { $id: 'SessionList', additionalProperties: false },
);
export type SessionList = Static<typeof SessionList>;

export const SessionsEnded = Type.Object(
  { ended: Type.Integer() },
  { $id: 'SessionsEnded', additionalProperties: false },
);

export const PasswordChange = Type.Object(
  { current: password, password },
  { $id: 'PasswordChange', additionalProperties: false },
);
export type PasswordChange = Static<typeof PasswordChange>;

export const PasswordReset = Type.Object(
  {
    password,
    dropSecondFactor: Type.Optional(
      Type.Boolean({ description: 'Also switch the second factor off, when the phone is lost' }),
    ),
  },
  { $id: 'PasswordReset', additionalProperties: false },
);
export type PasswordReset = Static<typeof PasswordReset>;

export const AccountEntry = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    role: Type.Union([Type.Literal('owner'), Type.Literal('viewer')], {
      description: 'A viewer may look at everything that needs the scope read, and change nothing',
    }),
    createdAt: IsoTime,
    passwordAt: IsoTime,
    hasSecondFactor: Type.Boolean(),
    sessions: Type.Integer(),
  },
  { $id: 'AccountEntry', additionalProperties: false },
);
export type AccountEntry = Static<typeof AccountEntry>;

export const AccountList = Type.Object(
  { accounts: Type.Array(AccountEntry), maxViewers: Type.Integer() },
  { $id: 'AccountList', additionalProperties: false },
);
export type AccountList = Static<typeof AccountList>;

export const NewAccount = Type.Object(
  { name: plainName(), password },
  { $id: 'NewAccount', additionalProperties: false },
);
export type NewAccount = Static<typeof NewAccount>;

export const Enrolment = Type.Object(
  {
    secret: Type.String({ description: 'Base 32, to type into an authenticator app' }),
    uri: Type.String({ description: 'otpauth:// for the app' }),
    qr: Type.Array(Type.String(), {
      description: 'The uri as a QR code: rows of 1 (dark) and 0, no quiet zone',
    }),
  },
  { $id: 'Enrolment', additionalProperties: false },
);
export type Enrolment = Static<typeof Enrolment>;

export const EnrolmentCode = Type.Object(
  { code: code('What the app shows now') },
  { $id: 'EnrolmentCode', additionalProperties: false },
);

export const RecoveryCodes = Type.Object(
  { codes: Type.Array(Type.String(), { description: 'Shown this once; each is good for one sign-in' }) },
  { $id: 'RecoveryCodes', additionalProperties: false },
);
export type RecoveryCodes = Static<typeof RecoveryCodes>;

export const KeyEntry = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scope: KeyScopeName,
    hint: Type.String({ description: 'How the key begins' }),
    createdAt: IsoTime,
    expiresAt: orNull(IsoTime),
    usedAt: orNull(IsoTime, 'When it was used last'),
  },
  { $id: 'KeyEntry', additionalProperties: false },
);
export type KeyEntry = Static<typeof KeyEntry>;

export const KeyList = Type.Object(
  {
    keys: Type.Array(KeyEntry),
    limit: Type.Integer({ description: 'As many as there may be: access.maxKeys' }),
  },
  { $id: 'KeyList', additionalProperties: false },
);
export type KeyList = Static<typeof KeyList>;

export const NewKey = Type.Object(
  {
    name: Type.Optional(plainName({ description: 'What it is for' })),
    label: Type.Optional(plainName({ description: 'The same as name' })),
    scope: Type.Optional(Type.Union([...carried], { default: 'read' })),
    expiresDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'Absent: never' })),
  },
  { $id: 'NewKey', additionalProperties: false },
);
export type NewKey = Static<typeof NewKey>;

export const KeyMade = Type.Object(
  {
    id: Type.String(),
    key: Type.String({ description: 'Shown this once' }),
    name: Type.String(),
    scope: KeyScopeName,
    expiresAt: orNull(IsoTime),
  },
  { $id: 'KeyMade', additionalProperties: false },
);
export type KeyMade = Static<typeof KeyMade>;

/** What other features may ask. */
export interface AccessPort {
  /** Whether somebody is the owner. */
  readonly isClaimed: boolean;
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    access: AccessPort;
  }
}
