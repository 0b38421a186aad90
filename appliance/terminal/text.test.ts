import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, fit, stripControls, stripDeep, wrap } from './text.ts';

test('wide characters take two columns, combining marks and colours none', () => {
  assert.equal(columnsOf('abc'), 3);
  assert.equal(columnsOf('日本'), 4);
  assert.equal(columnsOf('e\u0301'), 1);
  assert.equal(columnsOf('\x1b[36mup\x1b[0m'), 2);
  assert.equal(columnsOf('▁█×●'), 4);
});

test('fit pads and cuts to exactly the width, also in the middle of a wide character', () => {
  assert.equal(fit('ab', 4), 'ab  ');
  assert.equal(fit('ab', 4, 'right'), '  ab');
  assert.equal(fit('abcdef', 4), 'abc…');
  assert.equal(columnsOf(fit('日本語', 4)), 4);
  assert.equal(fit('abc', 0), '');
});

test('a cut text ends its colour', () => {
  assert.equal(fit('\x1b[31mabcdef\x1b[0m', 4), '\x1b[31mabc…\x1b[0m');
});

test('control characters and direction overrides from outside are removed, line feeds are kept', () => {
  assert.equal(stripControls('a\x1b]0;title\x07b\x9b31mc\r\nd\u202ee'), 'a]0;titleb31mc\nde');
  assert.deepEqual(stripDeep({ 'k\x1b': ['\x07x', 1, null, true] }), { k: ['x', 1, null, true] });
});

test('wrapping breaks between words and indents what follows', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrap('one two three', 8, '  '), ['one two', '  three']);
  assert.deepEqual(wrap('incomprehensible', 6), ['incom…']);
});
