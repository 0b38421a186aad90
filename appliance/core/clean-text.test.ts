import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanText, withoutControls } from './clean-text.ts';

test('escape sequences, directions and invisible characters do not get in', () => {
  const cases: [string, string][] = [
    ['router\x1b[2J\x1b]0;owned\x07', 'router[2J]0;owned'],
    ['a\u009b31mb', 'a31mb'],
    ['evil\u202egnp.exe\u2066', 'evilgnp.exe'],
    ['\u061cabc\u200f\u200e', 'abc'],
    ['one\r\ntwo\u2028three\u0085four\tfive', 'one two three four five'],
    ['in\u00advis\u2060ible\ufeff', 'invisible'],
    ['tags\u{e0041}\u{e0042}', 'tags'],
    ['  Fritz!Box 7590  ', 'Fritz!Box 7590'],
    ['', ''],
    ['\x00\x01\x02', ''],
  ];
  for (const [given, wanted] of cases) assert.equal(cleanText(given), wanted, JSON.stringify(given));
});

test('names in the scripts of the world stay as they are', () => {
  for (const name of ['Telefónica', 'شبکه\u200cها', 'क्\u200dष', '中华电信', '👩\u200d🔧 Wi-Fi', 'é'])
    assert.equal(cleanText(name), name);
});

test('half a character becomes a mark, and a cut never makes one', () => {
  assert.equal(cleanText('a\ud83d'), 'a\ufffd');
  assert.equal(cleanText('ééé', 5), 'éé');
  assert.equal(cleanText('a😀', 4), 'a');
  assert.equal(cleanText('日本語', 8), '日本');
});

test('whatever comes, what is left fits, is one line and drives nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const clean = cleanText(text, 100);
      assert.ok(Buffer.byteLength(clean) <= 100);
      assert.ok(clean.isWellFormed());
      assert.doesNotMatch(clean, /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u);
      assert.equal(cleanText(clean, 100), clean);
    }),
    { numRuns: 2000 },
  );
});

test('a megabyte of name is no work', () => {
  assert.equal(cleanText('x'.repeat(1 << 20)).length, 255);
});

test('text of several lines keeps them', () => {
  assert.equal(withoutControls('a\tb\nc\x1b[31m\r\n'), 'a\tb\nc[31m\n');
});
