import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decryptMessage, FakeBrowser } from '../../../testing/fakes/push-carrier.ts';
import { areUsable, encryptMessage } from './message-cipher.ts';

const bytes = (text: string) => Buffer.from(text, 'base64url');

test('a message is encrypted as RFC 8291 shows it, byte by byte', () => {
  // RFC 8291, appendix A
  const encrypted = encryptMessage(
    Buffer.from('When I grow up, I want to be a watermelon'),
    {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    },
    {
      salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
      privateKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
      padTo: 0,
    },
  );
  assert.equal(
    encrypted.toString('base64url'),
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('only the browser reads it, and its length says nothing', () => {
  const browser = new FakeBrowser();
  const short = encryptMessage(Buffer.from('a'), browser.keys);
  const long = encryptMessage(Buffer.from('é'.repeat(500)), browser.keys);
  assert.equal(short.length, long.length);
  assert.equal(decryptMessage(short, browser).toString(), 'a');
  assert.equal(decryptMessage(long, browser).toString(), 'é'.repeat(500));
  assert.throws(() => decryptMessage(short, new FakeBrowser()));
  assert.notDeepEqual(
    encryptMessage(Buffer.from('a'), browser.keys),
    short,
    'every message has a key of its own',
  );
  assert.throws(() => encryptMessage(Buffer.alloc(4096), browser.keys), RangeError);
});

test('keys for which nothing can be encrypted are told from good ones', () => {
  const { keys } = new FakeBrowser();
  assert.ok(areUsable(keys));
  const compressed = createECDH('prime256v1').generateKeys('base64url', 'compressed');
  const offCurve = Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64url');
  for (const p256dh of ['', compressed, offCurve]) assert.ok(!areUsable({ ...keys, p256dh }), p256dh);
  for (const auth of ['', randomBytes(15).toString('base64url')])
    assert.ok(!areUsable({ ...keys, auth }), auth);
});
