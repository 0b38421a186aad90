import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commonWords } from './common-words.ts';
import { hashPassword, isOutdated, isPasswordHash, nobodysHash, verifyPassword } from './password-hash.ts';
import { assertGoodPassword, isCommon } from './password-rules.ts';

const good = 'four ducks on a tall roof';

test('a hash is Argon2id with what is asked of it, differs each time and fits its password alone', async () => {
  const [one, other] = await Promise.all([hashPassword(good), hashPassword(good)]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, other);
  assert.equal(await verifyPassword(good, one), true);
  assert.equal(await verifyPassword(`${good} `, one), false);
  assert.equal(await verifyPassword(good, nobodysHash()), false);
  assert.equal(isOutdated(one), false);
});

test('without Argon2 the hash is scrypt, and a build with it makes a new one at the next sign-in', async () => {
  const hash = await hashPassword(good, false);
  assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$/);
  assert.equal(await verifyPassword(good, hash), true);
  assert.equal(await verifyPassword('something else entirely', hash), false);
  assert.deepEqual([isOutdated(hash, false), isOutdated(hash, true)], [false, true]);
});

test('hashes of other programs are understood, and weaker ones are called so', async () => {
  // From the tests of the reference program (P-H-C/phc-winner-argon2, src/test.c).
  const tail = 'c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const known = `$argon2id$v=19$m=65536,t=2,p=1$${tail}`;
  assert.equal(await verifyPassword('password', known), true);
  assert.deepEqual([isPasswordHash(known), isOutdated(known)], [true, false]);
  assert.equal(isOutdated(`$argon2id$v=19$m=4096,t=2,p=1$${tail}`), true);
});

test('a hash from the configuration may not cost more than a small board has', () => {
  const tail = 'c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8';
  for (const text of [
    '',
    'password',
    `$argon2id$v=19$m=4194304,t=2,p=1$${tail}`,
    `$argon2id$v=19$m=65536,t=99,p=1$${tail}`,
    `$argon2id$v=19$m=8,t=1,p=4$${tail}`,
    `$argon2id$v=19$m=65536,t=0,p=1$${tail}`,
    `$argon2i$v=19$m=65536,t=2,p=1$${tail}`,
    `$argon2id$v=16$m=65536,t=2,p=1$${tail}`,
    `$scrypt$ln=20,r=8,p=1$${tail}`,
    `$scrypt$ln=5,r=8,p=1$${tail}`,
    `$argon2id$v=19$m=65536,t=2,p=1$${tail}\n`,
  ]) {
    assert.equal(isPasswordHash(text), false, text);
  }
});

test('any text as a hash is refused or understood, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(isPasswordHash(text), false);
    }),
    { numRuns: 500 },
  );
});

test('length counts in letters as people see them typed, and nothing about their kind', () => {
  for (const password of [good, 'ÜÄÖ ßæø ñçé 🙂', '583920174625', '🦆🐢🦊🐙🦉🐳🦋🐞🦀🐝🦔🐌']) {
    assert.doesNotThrow(() => assertGoodPassword(password, 'owner'), password);
  }
  assert.throws(() => assertGoodPassword('🦆'.repeat(11), 'owner'), { code: 'PASSWORD_WEAK', status: 400 });
  assert.throws(() => assertGoodPassword('x'.repeat(129), 'owner'), { code: 'PASSWORD_WEAK' });
});

test('what anybody would try first is refused, however it is dressed up', () => {
  assert.ok(commonWords.size >= 200, `${commonWords.size} words`);
  for (const password of [
    'passwordpassword',
    'Password2026!!',
    'P@ssw0rd123456',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '123456789012',
    '098765432109',
    'qwertyuiopqwerty',
    'lkjhgfdsalkjh',
    'letmein-letmein-',
    'Internet Stability Tracker 1',
    'raspberrypi2026',
    'iloveyou!!!!!!',
    'correct horse battery staple',
    'mariannemarianne',
    'Marianne1984!!!',
  ]) {
    assert.equal(isCommon(password, 'marianne'), true, password);
  }
});

test('a password of random letters is common by accident only when it is short', () => {
  const letters = fc.string({
    minLength: 12,
    maxLength: 40,
    unit: fc.constantFrom(...'abcdefghjkmnpqrstuvwxyz23456789 '),
  });
  let refused = 0;
  fc.assert(
    fc.property(letters, (password) => {
      if (isCommon(password, 'owner')) refused += 1;
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert.ok(refused <= 20, `${refused} of 2000`);
});
