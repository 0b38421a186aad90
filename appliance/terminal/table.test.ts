import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.ts';
import { columnsOf } from './text.ts';

test('numbers stand with their decimal points under each other', () => {
  const lines = table(
    [{ title: 'Target' }, { title: 'RTT', align: 'decimal' }],
    [
      ['router', '0.42 ms'],
      ['provider', '8 ms'],
      ['far', '153.5 ms'],
      ['silent', '–'],
    ],
    80,
  );
  assert.deepEqual(lines, [
    'Target          RTT',
    'router      0.42 ms',
    'provider    8 ms',
    'far       153.5 ms',
    'silent      –',
  ]);
});

test('a narrow screen takes room from the widest text, never from numbers', () => {
  const rows = [['a very long name of a target', 'x', '12.5']];
  const lines = table([{ title: 'Name' }, { title: 'B' }, { title: 'RTT', align: 'decimal' }], rows, 24);
  assert.ok(lines.every((line) => columnsOf(line) <= 24));
  assert.match(lines[1] ?? '', /12\.5$/);
  assert.match(lines[1] ?? '', /…/);
});

test('a screen narrower than the columns still gets no longer line', () => {
  const lines = table(
    [{ title: 'Name' }, { title: 'Number', align: 'right' }],
    [['abcdefghij', '123456789']],
    10,
  );
  assert.ok(lines.every((line) => columnsOf(line) <= 10));
});

test('wide characters keep the columns straight', () => {
  const lines = table(
    [{ title: 'Name' }, { title: 'N', align: 'right' }],
    [
      ['日本', '1'],
      ['ab', '22'],
    ],
    40,
  );
  assert.deepEqual(lines.slice(1).map(columnsOf), [8, 8]);
});

test('a line feed in a cell does not break the row', () => {
  assert.equal(table([{ title: 'A' }], [['x\ny']], 10).length, 2);
});
