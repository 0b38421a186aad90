import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { route } from '../core/feature.ts';
import { repeatedKey } from './json-bodies.ts';
import { ask, startTestServer } from './testing.ts';

test('a key that stands twice is found, however it is written', () => {
  assert.equal(repeatedKey('{"a":1,"a":2}'), 'a');
  assert.equal(repeatedKey('{"a":1,"\\u0061":2}'), 'a');
  assert.equal(repeatedKey('[{"a":{"b":[1,{"c":1,"c":1}]}}]'), 'c');
  assert.equal(repeatedKey('{"a":"}","b":{"x":"\\"a\\""},"a":[]}'), 'a');
  assert.equal(repeatedKey('{"":1,"":2}'), '');
  assert.equal(repeatedKey('{"a":{"a":{"a":["a","a"]}},"b":"a","c":["b","b"]}'), null);
  assert.equal(repeatedKey('"a"'), null);
});

test('what JSON.stringify writes never has one, with or without spaces', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, spaces) => {
      assert.equal(repeatedKey(JSON.stringify(value, null, spaces)), null);
    }),
    { numRuns: 2000 },
  );
});

test('a key put in twice anywhere is found', () => {
  const key = fc.string();
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.jsonValue(), { minKeys: 1, noNullPrototype: true }),
      fc.jsonValue(),
      (object, value) => {
        const [name = ''] = Object.keys(object);
        const first = JSON.stringify(object).slice(0, -1);
        const text = `${first},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
        assert.notEqual(repeatedKey(`[${text}]`), null);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a body with a repeated key is refused by name; reading it stays fast for 64 KB of quotes', async (context) => {
  const echo = route({
    method: 'POST',
    path: '/api/echo',
    scope: 'run',
    tag: 'test',
    summary: 'test',
    body: Type.Object({ name: Type.String() }),
    response: Type.Object({ name: Type.String() }),
    handle: ({ body }) => body,
  });
  const { port } = await startTestServer(context, { routes: [echo] });
  const post = (body: string) =>
    ask({ port, path: '/api/echo', method: 'POST', headers: { 'content-type': 'application/json' } }, body);
  const refused = await post('{"name":"a","name":"b"}');
  assert.deepEqual(refused.json.error, {
    code: 'BODY_INVALID',
    message: 'The body names "name" more than once',
  });
  assert.equal(refused.status, 400);
  assert.deepEqual((await post('{"name":"a"}')).json, { name: 'a' });
  const name = '\\"'.repeat(30_000);
  assert.equal((await post(`{"name":"${name}"}`)).status, 200);
});
