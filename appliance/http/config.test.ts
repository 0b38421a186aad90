import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { HttpConfig, httpConfig } from './config.ts';

test('an empty section becomes the documented defaults, which serve the whole network: the gates decide', () => {
  assert.deepEqual(Value.Default(HttpConfig, {}), {
    host: '::',
    port: 8080,
    allowedHosts: [],
    tls: 'off',
    tlsCertificateFile: null,
    tlsKeyFile: null,
  });
});

test('every key has a title and a description, and those that need a restart say so', () => {
  assert.deepEqual(Object.keys(httpConfig), ['http']);
  const keys = Object.entries<Record<string, unknown>>(HttpConfig.properties as never); // keywords as plain data
  assert.ok(keys.every(([, schema]) => Boolean(schema.title) && Boolean(schema.description)));
  assert.deepEqual(
    keys.filter(([, schema]) => schema.restart === true).map(([key]) => key),
    ['host', 'port'],
  );
});

test('wrong values are refused', () => {
  const good = {
    host: '::',
    port: 80,
    allowedHosts: ['ist.example'],
    tls: 'own',
    tlsCertificateFile: '/etc/ist/chain.pem',
    tlsKeyFile: '/etc/ist/key.pem',
  };
  assert.equal(Value.Check(HttpConfig, good), true);
  for (const wrong of [
    { port: 70_000 },
    { port: '80' },
    { host: '' },
    { allowedHosts: [''] },
    { hosts: [] },
    { tls: 'on' },
    { tlsKeyFile: 'key.pem' },
  ]) {
    assert.equal(Value.Check(HttpConfig, { ...good, ...wrong }), false, JSON.stringify(wrong));
  }
});
