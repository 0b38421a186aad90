import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { Value } from 'typebox/value';
import { hideSecretFields, Secret, secretText } from './secret.ts';

test('a secret shows itself in no form but to who asks for it', () => {
  const secret = new Secret('hunter2-hunter2');
  const holder = { mqtt: { password: secret }, list: [secret] };
  const forms = [
    String(secret),
    `${secret}`,
    // biome-ignore lint/style/useTemplate: joining is another way than a template
    'x' + secret,
    secret.toString(),
    JSON.stringify(secret),
    JSON.stringify(holder),
    inspect(secret),
    inspect(holder, { depth: 9, showHidden: true }),
    format('%s %o %O %j', secret, secret, secret, secret),
    Object.entries(secret).join(),
    JSON.stringify({ ...secret }),
    inspect(structuredClone({ ...secret })),
    new Error(`refused: ${secret}`).stack ?? '',
  ];
  for (const form of forms) assert.equal(form.includes('hunter2'), false, form);
  assert.equal(JSON.stringify(holder), '{"mqtt":{"password":"[secret]"},"list":["[secret]"]}');
  assert.equal(inspect(secret), '[secret]');
  assert.equal(secret.reveal(), 'hunter2-hunter2');
});

test('in the file it is text or null, and the schema says that it is secret', () => {
  const schema = secretText({ title: 'Password' });
  assert.equal(Value.Check(schema, 'abc'), true);
  assert.equal(Value.Check(schema, null), true);
  assert.equal(Value.Check(schema, ''), false);
  assert.deepEqual(JSON.parse(JSON.stringify(schema)).secret, true);
  assert.equal(Value.Default(schema, undefined), null);
});

test('fields named like a secret are hidden at any depth, and nothing else is', () => {
  const line = {
    token: 'a1',
    deep: [{ deeper: { apiKey: 'b2', 'Set-Cookie': ['c3'], count: 1 } }],
    headers: { authorization: 'Bearer d4' },
    claimCode: 'e5',
    passwordHash: 'f6',
    tokens: 3,
    password: null,
    code: 'ENOENT',
    monkey: 'g7',
  };
  assert.deepEqual(hideSecretFields(line), {
    token: '[secret]',
    deep: [{ deeper: { apiKey: '[secret]', 'Set-Cookie': '[secret]', count: 1 } }],
    headers: { authorization: '[secret]' },
    claimCode: '[secret]',
    passwordHash: '[secret]',
    tokens: 3,
    password: null,
    code: 'ENOENT',
    monkey: 'g7',
  });
  assert.equal(line.token, 'a1', 'what was given is not changed');
  const plain = { url: 'x', list: [1, { a: 'b' }] };
  assert.equal(hideSecretFields(plain), plain);
});

test('a value that refers to itself, or is huge, is searched within a bound', () => {
  const ring: Record<string, unknown> = { secret: 'x' };
  ring.self = ring;
  assert.equal(hideSecretFields(ring).secret, '[secret]');
  const wide = Array.from({ length: 5000 }, () => ({ a: {} }));
  assert.equal(hideSecretFields(wide), wide);
});
