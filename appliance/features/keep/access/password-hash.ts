import * as crypto from 'node:crypto';
import { AppError } from '../../../core/errors.ts';

/** Memory in KiB, passes, lanes: the least that OWASP asks for; 26–38 ms on a desktop, a few hundred on a small board. */
const argon2Cost = { m: 19_456, t: 2, p: 1 } as const;
/** 32 MiB three times, for a Node that was built without Argon2. */
const scryptCost = { ln: 15, r: 8, p: 3 } as const;
/** What is believed of a hash that somebody put into the configuration: more would stop a small board. */
const most = { m: 131_072, t: 10, p: 8, ln: 17, r: 8 } as const;
const saltBytes = 16;
const hashBytes = 32;

interface Recipe {
  algorithm: 'argon2id' | 'scrypt';
  cost: Readonly<Record<string, number>>;
  salt: Buffer;
  hash: Buffer;
}

/** Whether this is a PHC string that we can check and that costs what a small board can pay. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== null;
}

/** Hashes for keeping. The password must have one spelling already. */
export async function hashPassword(password: string, useArgon2 = hasArgon2()): Promise<string> {
  const salt = crypto.randomBytes(saltBytes);
  const [algorithm, cost] = useArgon2
    ? (['argon2id', argon2Cost] as const)
    : (['scrypt', scryptCost] as const);
  const hash = await derive({ algorithm, cost, salt, hash: Buffer.alloc(hashBytes) }, password);
  return format({ algorithm, cost, salt, hash });
}

/** Throws `PASSWORD_UNCHECKABLE` where this Node cannot compute the kind of hash. */
export async function verifyPassword(password: string, text: string): Promise<boolean> {
  const recipe = parse(text);
  if (recipe === null) throw uncheckable();
  return crypto.timingSafeEqual(await derive(recipe, password), recipe.hash);
}

/** True when a new hash of the same password would be a stronger one. */
export function isOutdated(text: string, useArgon2 = hasArgon2()): boolean {
  const recipe = parse(text);
  if (recipe === null || recipe.hash.length < hashBytes) return true;
  const { algorithm, cost } = recipe;
  if (algorithm === 'scrypt') return useArgon2 || isLess(cost, scryptCost);
  return isLess(cost, argon2Cost);
}

/** For names that nobody has: checking against it takes as long as against a real one, and never fits. */
export function nobodysHash(): string {
  return format({
    algorithm: hasArgon2() ? 'argon2id' : 'scrypt',
    cost: hasArgon2() ? argon2Cost : scryptCost,
    salt: crypto.randomBytes(saltBytes),
    hash: crypto.randomBytes(hashBytes),
  });
}

let isArgon2There: boolean | undefined;

/** Node has the function from 24.7 on, but it fails where OpenSSL is older than 3.2. */
function hasArgon2(): boolean {
  if (isArgon2There === undefined) {
    try {
      const least = {
        message: 'x',
        nonce: Buffer.alloc(8),
        parallelism: 1,
        tagLength: 4,
        memory: 8,
        passes: 1,
      };
      isArgon2There = crypto.argon2Sync('argon2id', least).length === 4;
    } catch {
      isArgon2There = false; // either is an answer to the question
    }
  }
  return isArgon2There;
}

function derive({ algorithm, cost, salt, hash }: Recipe, password: string): Promise<Buffer> {
  return new Promise((fulfil, reject) => {
    const done = (error: Error | null, derived: Buffer) => (error ? reject(error) : fulfil(derived));
    if (algorithm === 'scrypt') {
      const { ln = 0, r = 0, p = 0 } = cost;
      const N = 2 ** ln;
      crypto.scrypt(password, salt, hash.length, { N, r, p, maxmem: 256 * N * r }, done);
      return;
    }
    if (!hasArgon2()) throw uncheckable();
    const { m: memory = 0, t: passes = 0, p: parallelism = 0 } = cost;
    const parameters = {
      message: password,
      nonce: salt,
      memory,
      passes,
      parallelism,
      tagLength: hash.length,
    };
    crypto.argon2('argon2id', parameters, done);
  });
}

// The PHC string format: https://github.com/P-H-C/phc-string-format
function format({ algorithm, cost, salt, hash }: Recipe): string {
  const parameters = Object.entries(cost).map(([key, value]) => `${key}=${value}`);
  const version = algorithm === 'argon2id' ? ['v=19'] : [];
  return ['', algorithm, ...version, parameters.join(','), unpadded(salt), unpadded(hash)].join('$');
}

const shapes = {
  argon2id:
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/,
  scrypt: /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/,
} as const;

function parse(text: string): Recipe | null {
  for (const algorithm of ['argon2id', 'scrypt'] as const) {
    const match = shapes[algorithm].exec(text);
    if (match === null) continue;
    const [first = 0, second = 0, third = 0] = match.slice(1, 4).map(Number);
    const cost =
      algorithm === 'scrypt' ? { ln: first, r: second, p: third } : { m: first, t: second, p: third };
    const salt = Buffer.from(match[4] ?? '', 'base64');
    const hash = Buffer.from(match[5] ?? '', 'base64');
    return isPayable(cost) ? { algorithm, cost, salt, hash } : null;
  }
  return null;
}

/** RFC 9106 §3.1 wants 8 KiB for each lane; scrypt with less than 2^10 is nothing. */
function isPayable(cost: Readonly<Record<string, number>>): boolean {
  const { m, ln, p = 0 } = cost;
  if (p < 1 || (m !== undefined && m < 8 * p) || (ln !== undefined && ln < 10)) return false;
  return Object.entries(cost).every(([key, value]) => value >= 1 && value <= most[key as keyof typeof most]); // its keys
}

function isLess(cost: Readonly<Record<string, number>>, wanted: Readonly<Record<string, number>>): boolean {
  return Object.entries(wanted).some(([key, value]) => (cost[key] ?? 0) < value);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function uncheckable(): AppError {
  return new AppError(
    'PASSWORD_UNCHECKABLE',
    'This build cannot check the stored password; set it anew with: ist passwd',
    { status: 500 },
  );
}
