import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import type { CommandEntity } from '../core/entities.ts';
import { readOrder } from './command-message.ts';

const run = () => ({});
const button: CommandEntity = { component: 'button', key: 'push', run };
const toggle: CommandEntity = {
  component: 'switch',
  key: 'toggle',
  parameters: Type.Object(
    { minutes: Type.Integer({ minimum: 1, maximum: 60, default: 5 }) },
    { additionalProperties: false },
  ),
  run,
};
const number: CommandEntity = {
  component: 'number',
  key: 'pace',
  range: { min: 100, max: 1000, step: 100 },
  run,
};
const read = (command: CommandEntity, text: string) => readOrder(command, Buffer.from(text));

test('plain words and objects mean the same', () => {
  assert.deepEqual(read(button, 'PRESS'), { id: null, value: null, parameters: {} });
  assert.deepEqual(read(button, '{"id":"a"}'), { id: 'a', value: null, parameters: {} });
  assert.deepEqual(read(toggle, 'OFF'), { id: null, value: false, parameters: { minutes: 5 } });
  assert.deepEqual(read(toggle, '{"value":false,"minutes":9}'), {
    id: null,
    value: false,
    parameters: { minutes: 9 },
  });
  assert.deepEqual(read(number, '300'), { id: null, value: 300, parameters: {} });
  assert.deepEqual(read(number, '{"id":"x","value":300}'), { id: 'x', value: 300, parameters: {} });
});

test('what does not fit is refused with a reason', () => {
  const refused: [CommandEntity, string | Buffer, RegExp][] = [
    [button, '', /Expected PRESS/],
    [button, 'press', /Expected PRESS/],
    [button, '{', /begins like JSON/],
    [button, '[1]', /Expected PRESS/],
    [button, '{"far":1}', /takes nothing along; "far"/],
    [button, '{"id":"<script>"}', /id must be/],
    [button, '{"id":7}', /id must be/],
    [button, Buffer.from([0xff, 0xfe]), /not UTF-8/],
    [button, 'x'.repeat(2000), /2000 bytes; 1024/],
    [toggle, 'MAYBE', /ON or OFF/],
    [toggle, '{"minutes":3}', /value must be ON or OFF/],
    [toggle, '{"value":true,"minutes":99}', /minutes/],
    [toggle, '{"value":true,"hours":1}', /There is no "hours"/],
    [toggle, '{"value":true,"__proto__":{"minutes":1}}', /There is no "__proto__"/],
    [number, '150', /in steps of 100/],
    [number, '1e3', /a number from 100 to 1000/],
    [number, '99999', /a number/],
    [number, 'NaN', /a number/],
  ];
  for (const [command, payload, reason] of refused) {
    const order = readOrder(command, Buffer.from(payload as string)); // both kinds of it are bytes
    assert.ok('refusal' in order, String(payload).slice(0, 40));
    assert.match(order.refusal, reason);
  }
});

test('whatever bytes come, the answer is an order or a short printable reason', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(button, toggle, number),
      fc.oneof(
        fc.uint8Array({ maxLength: 1500 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (command, payload) => {
        const order = readOrder(command, payload);
        if ('refusal' in order) assert.match(order.refusal, /^[\x20-\x7e]{1,200}$/);
        else assert.ok(order.id === null || order.id.length <= 64);
      },
    ),
    { numRuns: 2000 },
  );
});
