import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration } from '../../../appliance/features/keep/settings/schema.ts';
import { isFound, kindOf, readSetting, type Setting, sectionsOf, showSetting } from './settings-view.ts';

const config: Configuration = {
  file: '/etc/ist/ist.yaml',
  hasFile: true,
  values: {
    http: { port: 8081, host: '0.0.0.0' },
    dns: { resolvers: 'auto', names: ['a.example', 'b.example'], intervalMs: 10_000 },
    consent: { asnLookup: false },
    targets: [],
  },
  defaults: {
    http: { port: 8080, host: '0.0.0.0' },
    dns: { resolvers: 'auto', names: ['a.example', 'b.example'], intervalMs: 10_000 },
    consent: { asnLookup: false },
    targets: [],
  },
  schema: {
    type: 'object',
    properties: {
      http: {
        title: 'Web',
        type: 'object',
        properties: {
          port: { type: 'integer', minimum: 1, maximum: 65_535, title: 'Port' },
          host: { type: 'string' },
        },
      },
      dns: {
        type: 'object',
        properties: {
          resolvers: {
            anyOf: [
              { type: 'string', const: 'auto' },
              { type: 'array', items: { type: 'string' } },
            ],
          },
          names: { type: 'array', items: { type: 'string' } },
          intervalMs: { type: 'integer', description: 'Between two questions' },
        },
      },
      consent: { type: 'object', properties: { asnLookup: { type: 'boolean' } } },
      targets: { type: 'array', items: { type: 'object' } },
    },
  },
  overrides: [{ path: 'http.host', source: 'IST_HOST' }],
  restartPaths: ['http'],
  waitingForRestart: ['http.port'],
  problems: [],
};

function setting(path: string): Setting {
  const found = sectionsOf(config)
    .flatMap((one) => one.settings)
    .find((one) => one.path === path);
  assert.ok(found, path);
  return found;
}

test('every value of the schema becomes a setting, but for the switches of consent', () => {
  assert.deepEqual(
    sectionsOf(config).map(({ title, settings }) => [title, settings.map(({ path }) => path)]),
    [
      ['Web', ['http.port', 'http.host']],
      ['Dns', ['dns.resolvers', 'dns.names', 'dns.intervalMs']],
      ['Targets', ['targets']],
    ],
  );
  assert.equal(setting('dns.intervalMs').title, 'Interval (ms)');
});

test('a setting knows whether it was changed, waits for a restart, and who decides it', () => {
  const { isChanged, needsRestart, isWaiting, decidedBy, usual, range } = setting('http.port');
  assert.deepEqual([isChanged, needsRestart, isWaiting, decidedBy, usual], [true, true, true, null, 8080]);
  assert.equal(range, '1 – 65535');
  assert.equal(setting('http.host').decidedBy, 'IST_HOST');
  assert.equal(setting('http.host').isWaiting, false);
  assert.equal(setting('dns.names').isChanged, false);
});

test('the kind of field follows from the shape', () => {
  const orNull = (type: string) => ({ anyOf: [{ type }, { type: 'null' }] });
  assert.equal(kindOf({ type: 'boolean' }), 'switch');
  assert.equal(kindOf(orNull('number')), 'number');
  assert.equal(kindOf(orNull('string')), 'text');
  assert.equal(kindOf({ ...orNull('string'), secret: true }), 'secret');
  assert.equal(
    kindOf({
      anyOf: [
        { type: 'string', const: 'off' },
        { type: 'string', const: 'on' },
      ],
    }),
    'choice',
  );
  assert.equal(kindOf({ anyOf: [{ type: 'string', const: 'auto' }, { type: 'string' }] }), 'text');
  assert.deepEqual(
    ['dns.resolvers', 'dns.names', 'targets'].map((path) => setting(path).kind),
    ['lines', 'lines', 'json'],
  );
});

test('what is shown in a field is read back as the same value', () => {
  for (const path of ['http.port', 'http.host', 'dns.resolvers', 'dns.names', 'dns.intervalMs', 'targets']) {
    const one = setting(path);
    assert.deepEqual(readSetting(one, showSetting(one, one.value)), one.value, path);
  }
});

test('a list takes one text a line, a word instead of it, and a mistake goes to the appliance as it is', () => {
  assert.deepEqual(readSetting(setting('dns.resolvers'), '9.9.9.9\n\n 1.1.1.1 \n'), ['9.9.9.9', '1.1.1.1']);
  assert.deepEqual(readSetting(setting('dns.resolvers'), 'localhost'), ['localhost']);
  assert.equal(readSetting(setting('http.port'), 'eighty'), 'eighty');
  assert.equal(readSetting(setting('targets'), '[{'), '[{');
  assert.equal(readSetting({ ...setting('http.host'), mayBeEmpty: true }, ' '), null);
});

test('a setting is found by all words of its path, title or description', () => {
  assert.equal(isFound(setting('dns.intervalMs'), 'DNS between'), true);
  assert.equal(isFound(setting('dns.intervalMs'), 'dns port'), false);
  assert.equal(isFound(setting('http.port'), ''), true);
});
