import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSessionCookie, readKey, readSessionCookie, sessionCookie } from './cookies.ts';
import { newToken } from './tokens.ts';

const read = (cookie: string, isSecure = false) => readSessionCookie({ headers: { cookie }, isSecure });

test('a session cookie is read among others, over TLS under its bound name alone', () => {
  const token = newToken();
  assert.equal(read(`theme=dark; ist_session=${token}; other="x=y"`), token);
  assert.equal(read(`__Host-ist_session=${token}`, true), token);
  assert.equal(read(`ist_session=${token}`, true), null);
  assert.equal(read(`__Host-ist_session=${token}`), null);
});

test('a cookie that stands twice with different values is not believed', () => {
  const [one, other] = [newToken(), newToken()];
  assert.equal(read(`ist_session=${one}; ist_session=${other}`), null);
  assert.equal(read(`ist_session=${one}; ist_session=`), null);
  assert.equal(read(`ist_session=${one}; ist_session=${one}`), one);
});

test('anything that is not 32 bytes is no token, however long it is', () => {
  for (const value of [
    '',
    'x',
    'x'.repeat(44),
    'ä'.repeat(43),
    `${newToken()}!`,
    'x'.repeat(15_000),
    '%00'.repeat(14),
  ]) {
    assert.equal(read(`ist_session=${value}`), null, value.slice(0, 50));
  }
  assert.equal(read(';;;=;=;;'.repeat(1000)), null);
});

test('a cookie is closed to scripts and other sites, over TLS bound to this host, and can be taken back', () => {
  assert.equal(
    sessionCookie('T', false),
    'ist_session=T; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict',
  );
  assert.equal(
    sessionCookie('T', true),
    '__Host-ist_session=T; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure',
  );
  assert.match(noSessionCookie(false), /^ist_session=; Path=\/; Max-Age=0;/);
});

test('a key comes as bearer token or in a header of its own, and other schemes are not for us', () => {
  assert.equal(readKey({ authorization: 'Bearer ist_abc' }), 'ist_abc');
  assert.equal(readKey({ authorization: 'bearer  ist_abc' }), 'ist_abc');
  assert.equal(readKey({ 'x-api-key': 'ist_abc' }), 'ist_abc');
  assert.equal(readKey({ authorization: 'Bearer ist_one', 'x-api-key': 'ist_two' }), 'ist_one');
  for (const headers of [
    {},
    { authorization: 'Basic dXNlcjpwYXNz' },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${'x'.repeat(201)}` },
    { authorization: 'Bearer a b' },
    { 'x-api-key': '' },
    { 'x-api-key': ['a', 'b'] },
    { 'x-api-key': 'x'.repeat(5000) },
  ]) {
    assert.equal(readKey(headers), null, JSON.stringify(headers).slice(0, 60));
  }
});
