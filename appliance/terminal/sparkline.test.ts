import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiMarks, sparkline, unicodeMarks } from './sparkline.ts';

test('heights start at zero, so a steady line looks steady', () => {
  assert.equal(sparkline([12, 12.1, 12, 11.9], 4, unicodeMarks), '▅▅▅▄');
  assert.equal(sparkline([1, 5, 10], 3, unicodeMarks), '▁▅█');
});

test('a lost exchange is a mark and a gap is empty', () => {
  assert.equal(sparkline([10, null, undefined, 10], 4, unicodeMarks), '▅× ▅');
  assert.equal(sparkline([10, null], 2, asciiMarks), '+x');
});

test('fewer values stand at the right, more are grouped and one loss marks its group', () => {
  assert.equal(sparkline([10], 3, unicodeMarks), '  ▅');
  const many = [10, 10, 10, null, 10, 10];
  assert.equal(sparkline(many, 3, unicodeMarks), '▅×▅');
});

test('one peak does not flatten the rest', () => {
  const values = [...new Array<number>(99).fill(10), 1000];
  const drawn = sparkline(values, 100, unicodeMarks);
  assert.equal(drawn[0], '▅');
  assert.equal(drawn.at(-1), '█');
});

test('nothing measured is an empty line of the right width', () => {
  assert.equal(sparkline([], 5, unicodeMarks), '     ');
});
