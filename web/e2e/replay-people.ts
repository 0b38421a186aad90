/** Sessions, viewers, keys and the second factor of the replayed owner. */

import type { AccountEntry, KeyEntry, SessionList } from '../../appliance/features/keep/access/schema.ts';
import { qrRows } from '../../appliance/features/keep/access/second-factor.ts';
import type { PushState } from '../../appliance/features/tell/push/schema.ts';
import { type ReplayDoor, type Reply, refuse, rightCode, rightPassword } from './replay-door.ts';

type Sent = Record<string, unknown>;

const minute = 60_000;
const day = 24 * 60 * minute;
const recoveryCodes = 10;
/** A new key looks like this one. */
export const newKey = 'ist_read_4q8ZpT0cVb2kYw7mRj5sXn1dHf3gLa6u';
const rooms = /^\/api\/(sessions|accounts|keys|password|second-factor|push)(\/|$)/;
/** What is done only with the password given a moment ago. */
const grave = [/^POST \/api\/(accounts|keys|second-factor)/, /^DELETE \/api\/(accounts|second-factor)/];

/** One phone gets messages; the service of another browser's maker is off. */
const pushState: PushState = {
  publicKey: 'BDd3_hVL9fZi9Ybo2UUzA284WG5FZR30_95YeZJsiApwXKpNcF1rRPF3foIiBHXRdJI2Qhumhf6_LFTeZaNndIo',
  carriers: [
    { id: 'pushGoogle', name: 'Google, messages to browsers', hosts: ['fcm.googleapis.com'], isOn: true },
    { id: 'pushApple', name: 'Apple, messages to browsers', hosts: ['*.push.apple.com'], isOn: false },
  ],
  devices: [
    {
      id: 1,
      carrier: 'pushGoogle',
      mark: 'a',
      lastSentAt: '2026-11-21T19:04:11.000Z',
      problem: null,
      agent: 'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36',
      createdAt: '2026-11-02T08:00:00.000Z',
    },
    {
      id: 2,
      carrier: 'pushApple',
      mark: 'b',
      lastSentAt: null,
      problem: null,
      agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1',
      createdAt: '2026-11-12T08:00:00.000Z',
    },
  ],
  limit: 10,
};

const iso = (ms: number) => new Date(ms).toISOString();
const ok = (body: unknown): Reply => ({ status: 200, body });

export class ReplayPeople {
  readonly #door: ReplayDoor;
  #sessions: SessionList['sessions'];
  #viewers: AccountEntry[];
  #keys: KeyEntry[];
  #nextId = 10;

  constructor(door: ReplayDoor) {
    this.#door = door;
    const nowMs = Date.now();
    const session = (id: string, name: string, agoMs: number, address: string, agent: string) => ({
      id,
      accountId: name === 'owner' ? 'a1' : 'a2',
      name,
      isCurrent: id === 's1',
      createdAt: iso(nowMs - agoMs - 3 * day),
      seenAt: iso(nowMs - agoMs),
      expiresAt: iso(nowMs - agoMs + 87 * day),
      address,
      agent,
    });
    this.#sessions = [
      session('s1', 'owner', 0, '192.168.1.20', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0'),
      session(
        's2',
        'owner',
        2 * day,
        '192.168.1.31',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1',
      ),
      session(
        's3',
        'Grandma',
        40 * minute,
        '192.168.1.44',
        'Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36',
      ),
    ];
    this.#viewers = [this.#viewer('a2', 'Grandma', nowMs - 40 * day, 1)];
    this.#keys = [
      {
        id: 'k1',
        name: 'Grafana',
        scope: 'read',
        hint: 'ist_read_Xk3f',
        createdAt: iso(nowMs - 90 * day),
        expiresAt: null,
        usedAt: iso(nowMs - minute),
      },
    ];
  }

  isFor(path: string): boolean {
    return rooms.test(path);
  }

  async answer(method: string, path: string, sent: Sent): Promise<Reply | null> {
    const asked = `${method} ${path}`;
    if (grave.some((one) => one.test(asked)) && !this.#door.isConfirmed)
      return refuse(403, 'PASSWORD_NEEDED', 'Give the password again', { minutes: 5 });
    const [, , room, id, verb] = path.split('/');
    if (room === 'sessions') return this.#session(method, id);
    if (room === 'accounts') return this.#account(method, id, verb, sent);
    if (room === 'keys') return this.#key(method, id, sent);
    if (room === 'push') return method === 'GET' ? ok(pushState) : null;
    if (room === 'second-factor') return await this.#factor(`${method} ${id ?? ''}`, sent);
    return this.#password(sent);
  }

  #session(method: string, id: string | undefined): Reply {
    if (method === 'GET') return ok({ sessions: this.#sessions });
    const before = this.#sessions.length;
    this.#sessions = this.#sessions.filter((one) =>
      id === undefined ? one.isCurrent || one.name !== 'owner' : one.id !== id,
    );
    return ok({ ended: before - this.#sessions.length });
  }

  #account(method: string, id: string | undefined, verb: string | undefined, sent: Sent): Reply {
    const list = () =>
      ok({ accounts: [this.#viewer('a1', 'owner', 0, 2, 'owner'), ...this.#viewers], maxViewers: 5 });
    if (method === 'GET') return list();
    if (method === 'DELETE') {
      this.#viewers = this.#viewers.filter((one) => one.id !== id);
      return list();
    }
    if (verb === 'password') return ok(this.#viewers.find((one) => one.id === id));
    const name = String(sent.name);
    if (this.#viewers.some((one) => one.name === name))
      return refuse(409, 'ACCOUNT_EXISTS', `There is an account called "${name}" already`);
    this.#nextId += 1;
    const made = this.#viewer(`a${this.#nextId}`, name, Date.now(), 0);
    this.#viewers = [...this.#viewers, made];
    return ok(made);
  }

  #key(method: string, id: string | undefined, sent: Sent): Reply {
    if (method === 'DELETE') this.#keys = this.#keys.filter((one) => one.id !== id);
    if (method !== 'POST') return ok({ keys: this.#keys, limit: 5 });
    this.#nextId += 1;
    const { name, scope, expiresDays } = sent as {
      name: string;
      scope: KeyEntry['scope'];
      expiresDays?: number;
    };
    const expiresAt = expiresDays === undefined ? null : iso(Date.now() + expiresDays * day);
    const made = { id: `k${this.#nextId}`, name, scope, expiresAt };
    const entry = { ...made, hint: newKey.slice(0, 13), createdAt: iso(Date.now()), usedAt: null };
    this.#keys = [...this.#keys, entry];
    return ok({ ...made, key: newKey });
  }

  async #factor(asked: string, { code }: Sent): Promise<Reply | null> {
    const door = this.#door;
    const codes = () => {
      door.recoveryCodes = recoveryCodes;
      return ok({ codes: Array.from({ length: recoveryCodes }, (_, index) => `R${index}KD-8QWZ-4HTM`) });
    };
    switch (asked) {
      case 'POST ': {
        const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
        const uri = `otpauth://totp/Home:owner?secret=${secret}&issuer=Home`;
        return ok({ secret, uri, qr: await qrRows(uri) });
      }
      case 'PUT ':
        if (code !== rightCode)
          return refuse(401, 'CODE_WRONG', 'The code of the second factor is wrong or was used already.');
        door.hasFactor = true;
        return codes();
      case 'POST recovery-codes':
        return codes();
      case 'DELETE ':
        door.hasFactor = false;
        door.recoveryCodes = 0;
        return ok(this.#viewer('a1', 'owner', 0, 2, 'owner'));
      default:
        return null;
    }
  }

  #password({ current, password }: Sent): Reply {
    if (current !== rightPassword) return refuse(403, 'PASSWORD_WRONG', 'This is not the password');
    if (String(password).length < 12)
      return refuse(400, 'PASSWORD_WEAK', 'The password needs at least 12 characters', { rule: 'short' });
    this.#sessions = this.#sessions.filter((one) => one.isCurrent || one.name !== 'owner');
    return ok(this.#door.session());
  }

  #viewer(
    id: string,
    name: string,
    sinceMs: number,
    sessions: number,
    role: AccountEntry['role'] = 'viewer',
  ): AccountEntry {
    const createdAt = iso(sinceMs);
    return { id, name, role, createdAt, passwordAt: createdAt, hasSecondFactor: false, sessions };
  }
}
