import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TSchema, Type } from 'typebox';
import { readTexts } from './text-values.ts';

const read = (schema: TSchema, text: unknown) => readTexts(Type.Object({ a: schema }), { a: text }).a;

test('numbers are read only when the whole text is one', () => {
  assert.equal(read(Type.Integer(), '12'), 12);
  assert.equal(read(Type.Number(), '-1.5e3'), -1500);
  for (const text of ['', ' 5', '0x10', 'Infinity', '12abc', 'true']) {
    assert.equal(read(Type.Number(), text), text);
  }
});

test('a fraction stays a fraction where a whole number is asked for, so that the check can refuse it', () => {
  assert.equal(read(Type.Integer(), '1.5'), 1.5);
});

test('booleans are true, false, 1 and 0, and nothing else', () => {
  assert.deepEqual(
    ['true', '1', 'false', '0', 'yes', ''].map((text) => read(Type.Boolean(), text)),
    [true, true, false, false, 'yes', ''],
  );
});

test('text stays text even when it looks like something else', () => {
  assert.equal(read(Type.String(), '12'), '12');
  assert.equal(read(Type.Optional(Type.String()), 'true'), 'true');
});

test('a list takes one value or many; a single value refuses many', () => {
  assert.deepEqual(read(Type.Array(Type.Integer()), '1'), [1]);
  assert.deepEqual(read(Type.Array(Type.Integer()), ['1', '2']), [1, 2]);
  assert.deepEqual(read(Type.Integer(), ['1', '2']), ['1', '2']);
});

test('a union takes the first part that the text fits', () => {
  const hours = Type.Union([Type.Literal(1), Type.Literal(24), Type.Literal('all'), Type.Null()]);
  assert.deepEqual(
    ['24', 'all', 'null', '7'].map((text) => read(hours, text)),
    [24, 'all', null, '7'],
  );
});

test('what the schema does not name is passed on for the check to refuse', () => {
  assert.deepEqual(readTexts(Type.Object({}), { stray: '1' }), { stray: '1' });
});
