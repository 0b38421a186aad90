import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, entriesOf, moved, newRow, placeIn, rowsOf } from './rows-view.ts';
import type { Shape } from './settings-view.ts';

const targets: Shape = {
  type: 'object',
  required: ['name', 'host'],
  properties: {
    name: { type: 'string', description: 'What people call it' },
    host: { type: 'string' },
    method: { anyOf: [{ const: 'icmp' }, { const: 'tcp' }] },
    intervalMs: { type: 'integer', minimum: 20, maximum: 3_600_000 },
  },
};
const pages: Shape = {
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      required: ['url'],
      properties: { url: { type: 'string' }, status: { type: 'integer' } },
    },
  ],
};
const lines: Shape = {
  type: 'object',
  required: ['name', 'gateway'],
  properties: {
    name: { type: 'string' },
    gateway: { anyOf: [{ type: 'string', const: 'auto' }, { type: 'string' }], default: 'auto' },
  },
};

test('columns are what the schema says of an entry', () => {
  const facts = columnsOf(targets).map(({ key, title, kind, isRequired, range }) => [
    key,
    title,
    kind,
    isRequired,
    range,
  ]);
  assert.deepEqual(facts, [
    ['name', 'Name', 'text', true, ''],
    ['host', 'Host', 'text', true, ''],
    ['method', 'Method', 'choice', false, ''],
    ['intervalMs', 'Interval (ms)', 'number', false, '20 – 3600000'],
  ]);
  const [, gateway] = columnsOf(lines);
  assert.deepEqual([gateway?.kind, gateway?.choices, gateway?.usual], ['text', ['auto'], 'auto']);
  assert.deepEqual(newRow(lines), { name: '', gateway: 'auto' });
});

test('what is read and not changed is written as it was', () => {
  for (const [shape, value] of [
    [
      targets,
      [
        { name: 'One', host: '192.0.2.1' },
        { name: 'Two', host: '192.0.2.2', method: 'tcp', intervalMs: 250 },
      ],
    ],
    [pages, ['https://example.com/', { url: 'https://example.net/', status: 204 }]],
    [lines, [{ name: 'main', gateway: 'auto' }]],
    [targets, []],
  ] as const)
    assert.deepEqual(entriesOf(shape, rowsOf(shape, value)), value);
});

test('empty fields are left out, and what is wrong goes to the appliance as it is', () => {
  const [row] = rowsOf(targets, [{ name: 'One', host: '192.0.2.1', intervalMs: 250 }]);
  assert.deepEqual(entriesOf(targets, [{ ...row, intervalMs: ' ', host: '' }]), [{ name: 'One', host: '' }]);
  assert.deepEqual(entriesOf(targets, [{ ...row, intervalMs: 'often' }]), [
    { name: 'One', host: '192.0.2.1', intervalMs: 'often' },
  ]);
  assert.deepEqual(entriesOf(pages, [{ url: ' https://example.com/ ', status: '' }]), [
    'https://example.com/',
  ]);
});

test('a refusal is about the field that it names', () => {
  assert.deepEqual(placeIn('ist.yaml: targets[1].intervalMs is 5', 'targets'), { row: 1, key: 'intervalMs' });
  assert.deepEqual(placeIn('httpCheck.urls[12] is "x"', 'httpCheck.urls'), { row: 12, key: null });
  assert.equal(placeIn('targets has 3,000 entries', 'targets'), null);
  assert.equal(placeIn('nothing of this', 'targets'), null);
});

test('rows move within the list and not out of it', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 1), ['b', 'a', 'c']);
  for (const [from, to] of [
    [0, -1],
    [2, 3],
    [7, 0],
  ] as const)
    assert.deepEqual(moved(['a', 'b', 'c'], from, to), ['a', 'b', 'c']);
});
