/** Who is let in, as the appliance decides it: claiming, signing in and out. One visitor, so there is no cookie. */
import type { SessionInfo } from '../../appliance/features/keep/access/schema.ts';

/** `factor`: the owner, who is signed out and whose account asks for a code; `reader`: reading is open to everybody. */
export type Visitor = 'owner' | 'unclaimed' | 'signed-out' | 'factor' | 'reader';

export const claimCode = 'K7QM-2D9X';
export const rightPassword = 'four quiet herons wade';
export const rightCode = '492039';
/** As many wrong ones the appliance takes before one has to wait. */
const freeTries = 5;
export const waitSeconds = 3;

export interface Reply {
  status: number;
  body: unknown;
}

const open = ['/api/session', '/api/login', '/api/logout'];
const confirm = '/api/session/confirm';

export class ReplayDoor {
  #visitor: Visitor;
  readonly #isReadingOpen: boolean;
  #failures = 0;
  #waitsUntilMs = 0;
  #name = 'owner';
  #confirmedUntilMs = 0;
  hasFactor = false;
  recoveryCodes = 0;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    this.hasFactor = visitor === 'factor';
    this.recoveryCodes = this.hasFactor ? 10 : 0;
    this.#isReadingOpen = visitor === 'reader';
  }

  leave(): void {
    this.#visitor = this.#isReadingOpen ? 'reader' : 'signed-out';
  }

  isFor(path: string): boolean {
    return path === '/api/claim' || path === confirm || open.includes(path);
  }

  /** The answer to somebody who may not ask for this; null when he may. */
  refusal(path: string): Reply | null {
    if (!path.startsWith('/api/') || path === '/api/claim') return null;
    if (this.#visitor === 'unclaimed') return refuse(403, 'UNCLAIMED', 'This appliance has no owner yet');
    if (this.#visitor === 'owner' || open.includes(path)) return null;
    if (this.#visitor === 'reader' && !/^\/api\/(sessions|accounts|keys|password|second|config)/.test(path))
      return null;
    return refuse(401, 'SIGN_IN_NEEDED', 'Sign in to see this');
  }

  answer(method: string, path: string, sent: Record<string, unknown>): Reply | null {
    switch (`${method} ${path}`) {
      case 'GET /api/claim':
        return { status: 200, body: { isClaimed: this.#visitor !== 'unclaimed', code: null, urls: [] } };
      case 'POST /api/claim':
        return this.#guarded(() => this.#claim(sent));
      case 'POST /api/login':
        return this.#guarded(() => this.#signIn(sent));
      case 'POST /api/logout':
        this.leave();
        return { status: 200, body: { ended: 1 } };
      case `POST ${confirm}`:
        return this.#guarded(() => this.#confirm(sent));
      case 'GET /api/session':
        return { status: 200, body: this.session() };
      default:
        return null;
    }
  }

  #guarded(act: () => Reply): Reply {
    const waitMs = this.#waitsUntilMs - Date.now();
    if (waitMs > 0)
      return refuse(429, 'TOO_MANY_TRIES', 'Too many wrong tries from this address', {
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      });
    const reply = act();
    if (reply.status === 200) this.#failures = 0;
    else if (['CLAIM_CODE_WRONG', 'SIGN_IN_WRONG', 'CODE_WRONG', 'PASSWORD_WRONG'].includes(codeOf(reply)))
      this.#failures += 1;
    if (this.#failures >= freeTries) this.#waitsUntilMs = Date.now() + waitSeconds * 1000;
    return reply;
  }

  #claim({ code, name, password }: Record<string, unknown>): Reply {
    if (this.#visitor !== 'unclaimed') return refuse(409, 'ALREADY_CLAIMED', 'This appliance has an owner');
    const plain = (text: unknown) => String(text).toUpperCase().replace(/[\s-]/g, '');
    if (plain(code) !== plain(claimCode))
      return refuse(403, 'CLAIM_CODE_WRONG', 'This is not the claim code');
    const { length } = String(password);
    if (length < 12)
      return refuse(
        400,
        'PASSWORD_WEAK',
        `The password needs at least 12 characters; this one has ${length}`,
        { rule: 'short' },
      );
    this.#visitor = 'owner';
    this.#name = String(name ?? 'owner');
    return { status: 200, body: this.session() };
  }

  #signIn({ name, password, code }: Record<string, unknown>): Reply {
    if ((name ?? this.#name) !== this.#name || password !== rightPassword)
      return refuse(401, 'SIGN_IN_WRONG', 'Name or password is wrong');
    if (this.hasFactor && code === undefined)
      return refuse(401, 'CODE_NEEDED', 'This account has a second factor: give its code as well');
    if (this.hasFactor && code !== rightCode)
      return refuse(401, 'CODE_WRONG', 'The code of the second factor is wrong or was used already.');
    this.#visitor = 'owner';
    return { status: 200, body: this.session() };
  }

  /** Whether what is grave may be done without the password. */
  get isConfirmed(): boolean {
    return this.#confirmedUntilMs > Date.now();
  }

  #confirm({ password }: Record<string, unknown>): Reply {
    if (password !== rightPassword) return refuse(403, 'PASSWORD_WRONG', 'This is not the password');
    this.#confirmedUntilMs = Date.now() + 300_000;
    return { status: 200, body: this.session() };
  }

  session(): SessionInfo {
    const isOwner = this.#visitor === 'owner';
    return {
      kind: isOwner ? 'session' : 'nobody',
      name: isOwner ? this.#name : 'nobody',
      accountId: isOwner ? 'a1' : null,
      sessionId: isOwner ? 's1' : null,
      isOwner,
      scopes: isOwner
        ? ['open', 'read', 'run', 'write', 'admin', 'account', 'owner']
        : this.#visitor === 'reader'
          ? ['open', 'read']
          : ['open'],
      hasSecondFactor: isOwner && this.hasFactor,
      recoveryCodesLeft: isOwner ? this.recoveryCodes : 0,
      confirmedUntil: this.isConfirmed ? new Date(this.#confirmedUntilMs).toISOString() : null,
      expiresAt: isOwner ? new Date(Date.now() + 30 * 86_400_000).toISOString() : null,
      isReadingOpen: this.#isReadingOpen,
    };
  }
}

export function refuse(
  status: number,
  code: string,
  message: string,
  details?: Record<string, unknown>,
): Reply {
  return { status, body: { error: { code, message, ...(details && { details }) } } };
}

function codeOf({ body }: Reply): string {
  const { error } = body as { error?: { code: string } }; // made by the function above
  return error?.code ?? '';
}
