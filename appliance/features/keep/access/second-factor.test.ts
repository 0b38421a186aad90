import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { enrolmentUri, newRecoveryCodes, newSecret, qrRows, stepOfCode, useCode } from './second-factor.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);

test('codes are those of RFC 6238', async () => {
  // Appendix B, the secret of SHA-1; six of its eight digits.
  const secret = Secret.fromLatin1('12345678901234567890').base32;
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [2_000_000_000, '279037'],
  ] as const) {
    const step = await stepOfCode({ secret, lastStep: 0, code }, seconds * 1000);
    assert.equal(step, Math.floor(seconds / 30), code);
  }
});

test('a code counts once, one step early or late, and not two', async () => {
  const secret = await newSecret();
  const codeAt = (ms: number) =>
    new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: ms });
  const state = { totpSecret: secret, totpStep: 0, recoveryHashes: [] };
  const used = await useCode(state, codeAt(nowMs), nowMs);
  assert.deepEqual(used, { totpStep: Math.floor(nowMs / 30_000) });
  const after = { ...state, ...used };
  assert.equal(await useCode(after, codeAt(nowMs), nowMs), null, 'the same again');
  assert.equal(await useCode(after, codeAt(nowMs - 30_000), nowMs), null, 'an older one');
  assert.notEqual(await useCode(after, codeAt(nowMs + 30_000), nowMs), null, 'the next one');
  assert.equal(await useCode(state, codeAt(nowMs + 60_000), nowMs), null);
  assert.equal(await useCode(state, codeAt(nowMs - 60_000), nowMs), null);
  for (const wrong of ['', '12345', '1234567', 'abcdef', '１２３４５６']) {
    assert.equal(await useCode(state, wrong, nowMs), null, wrong);
  }
});

test('a recovery code works once, however it is typed', async () => {
  const { shown, hashes } = newRecoveryCodes();
  assert.equal(new Set(shown).size, 10);
  assert.match(shown[0] ?? '', /^(\w{4}-){3}\w{4}$/);
  assert.ok(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)));
  const state = { totpSecret: await newSecret(), totpStep: 0, recoveryHashes: hashes };
  const typed = (shown[3] ?? '').toLowerCase().replaceAll('-', ' ');
  const used = await useCode(state, typed, nowMs);
  assert.equal(used?.recoveryHashes?.length, 9);
  assert.equal(await useCode({ ...state, ...used }, typed, nowMs), null);
});

test('the enrolment is what an authenticator app reads, also as a QR code', async () => {
  const secret = await newSecret();
  assert.match(secret, /^[A-Z2-7]{32}$/, '160 bits');
  const uri = await enrolmentUri(secret, 'Anna & Jo');
  const url = new URL(uri);
  assert.equal(url.protocol, 'otpauth:');
  assert.equal(url.searchParams.get('secret'), secret);
  assert.equal(url.searchParams.get('issuer'), 'Internet Stability Tracker');
  assert.match(decodeURIComponent(url.pathname), /Internet Stability Tracker:Anna & Jo$/);
  const rows = await qrRows(uri);
  assert.ok(rows.length >= 29 && rows.every((row) => row.length === rows.length && /^[01]+$/.test(row)));
  // ISO/IEC 18004 §6.3.3: three corners hold a finder pattern.
  assert.equal(rows[0]?.slice(0, 8), '11111110');
  assert.equal(rows[0]?.slice(-8), '01111111');
  assert.equal(rows.at(-1)?.slice(0, 8), '11111110');
});
