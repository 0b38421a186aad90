import type { ReactiveControllerHost } from 'lit';
import type {
  AccountEntry,
  AccountList,
  Enrolment,
  KeyList,
  KeyMade,
  NewAccount,
  NewKey,
  PasswordChange,
  PasswordReset,
  RecoveryCodes,
  SessionInfo,
  SessionList,
} from '../../../appliance/features/keep/access/schema.ts';
import { getJson, RequestFailed, sendJson } from './api.ts';
import { sentence } from './format.ts';

/** A part of the page of access; each says for itself what went wrong in it. */
export type Part = 'sessions' | 'password' | 'factor' | 'viewers' | 'keys';

/** Who is signed in, who may do what, and everything that changes it. Every action tells whether it was done. */
export class AccessDesk {
  me: SessionInfo | null = null;
  sessions: SessionList['sessions'] = [];
  accounts: AccountList | null = null;
  keys: KeyList | null = null;
  failure: string | null = null;
  busy: Part | null = null;
  readonly problems = new Map<Part, string>();
  /** What has just been made and is shown this once; it is in no list afterwards. */
  enrolment: Enrolment | null = null;
  codes: readonly string[] | null = null;
  madeKey: KeyMade | null = null;
  readonly #host: Pick<ReactiveControllerHost, 'requestUpdate'>;
  readonly #askPassword: () => Promise<boolean>;

  /** `askPassword` asks the person for the password again and tells whether it was right. */
  constructor(host: Pick<ReactiveControllerHost, 'requestUpdate'>, askPassword: () => Promise<boolean>) {
    this.#host = host;
    this.#askPassword = askPassword;
  }

  async load(): Promise<void> {
    try {
      const me = await getJson<SessionInfo>('/api/session');
      if (me.kind === 'session') {
        const [sessions, accounts, keys] = await Promise.all([
          getJson<SessionList>('/api/sessions'),
          me.isOwner ? getJson<AccountList>('/api/accounts') : null,
          me.isOwner ? getJson<KeyList>('/api/keys') : null,
        ]);
        this.sessions = sessions.sessions;
        this.accounts = accounts;
        this.keys = keys;
      }
      this.me = me;
      this.failure = null;
    } catch (error) {
      this.failure = textOf(error);
    }
    this.#host.requestUpdate();
  }

  confirm = async (password: string): Promise<void> => {
    this.me = await sendJson<SessionInfo>('POST', '/api/session/confirm', { password });
  };

  endSession = (id: string): Promise<boolean> =>
    this.#act('sessions', () => sendJson('DELETE', `/api/sessions/${encodeURIComponent(id)}`));

  endOthers = (): Promise<boolean> => this.#act('sessions', () => sendJson('DELETE', '/api/sessions'));

  changePassword = (change: PasswordChange): Promise<boolean> =>
    this.#act('password', () => sendJson('POST', '/api/password', change));

  beginFactor = (): Promise<boolean> =>
    this.#act('factor', async () => {
      this.enrolment = await sendJson<Enrolment>('POST', '/api/second-factor');
    });

  finishFactor = (code: string): Promise<boolean> =>
    this.#act('factor', async () => {
      this.#showCodes(await sendJson<RecoveryCodes>('PUT', '/api/second-factor', { code }));
      this.enrolment = null;
    });

  newCodes = (): Promise<boolean> =>
    this.#act('factor', async () =>
      this.#showCodes(await sendJson<RecoveryCodes>('POST', '/api/second-factor/recovery-codes')),
    );

  dropFactor = (): Promise<boolean> =>
    this.#act('factor', async () => {
      await sendJson<AccountEntry>('DELETE', '/api/second-factor');
      this.codes = null;
    });

  leaveFactor = (): void => {
    this.enrolment = null;
    this.codes = null;
    this.#host.requestUpdate();
  };

  addViewer = (viewer: NewAccount): Promise<boolean> =>
    this.#act('viewers', () => sendJson('POST', '/api/accounts', viewer));

  removeViewer = (id: string): Promise<boolean> =>
    this.#act('viewers', () => sendJson('DELETE', `/api/accounts/${encodeURIComponent(id)}`));

  resetViewer = (id: string, reset: PasswordReset): Promise<boolean> =>
    this.#act('viewers', () => sendJson('POST', `/api/accounts/${encodeURIComponent(id)}/password`, reset));

  makeKey = (key: NewKey): Promise<boolean> =>
    this.#act('keys', async () => {
      this.madeKey = await sendJson<KeyMade>('POST', '/api/keys', key);
    });

  revokeKey = (id: string): Promise<boolean> =>
    this.#act('keys', async () => {
      await sendJson<KeyList>('DELETE', `/api/keys/${encodeURIComponent(id)}`);
      if (this.madeKey?.id === id) this.madeKey = null;
    });

  leaveKey = (): void => {
    this.madeKey = null;
    this.#host.requestUpdate();
  };

  #showCodes({ codes }: RecoveryCodes): void {
    this.codes = codes;
  }

  async #act(part: Part, act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy !== null) return false;
    this.busy = part;
    this.problems.delete(part);
    this.#host.requestUpdate();
    let isDone = false;
    try {
      isDone = await this.#withPassword(act);
    } catch (error) {
      this.problems.set(part, textOf(error));
    }
    this.busy = null;
    if (isDone) await this.load();
    this.#host.requestUpdate();
    return isDone;
  }

  /** What is grave is refused until the password was given again; false when the person thinks better of it. */
  async #withPassword(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof RequestFailed) || error.code !== 'PASSWORD_NEEDED') throw error;
      if (!(await this.#askPassword())) return false;
      await act();
      return true;
    }
  }
}

function textOf(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}
