import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Type } from 'typebox';
import { features } from '../features.ts';
import { httpConfig } from '../http/config.ts';
import { storeConfig } from '../store/config.ts';
import { composeConfig } from './compose.ts';
import { documentConfig } from './document.ts';
import { evaluateConfig } from './evaluate.ts';

const sections = Object.assign(
  {},
  httpConfig,
  storeConfig,
  ...features.map((feature) => feature.config ?? {}),
);

test('docs/configuration.md is what the schema says (renew it: ist config docs > docs/configuration.md)', async () => {
  const committed = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(documentConfig(sections), committed);
});

test('the YAML of every section in the documentation is valid and the default', () => {
  const text = documentConfig(sections);
  const yaml = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block).join('');
  const composed = composeConfig(sections);
  const { problems, value } = evaluateConfig(composed, yaml, 'docs/configuration.md', []);
  assert.deepEqual(problems, []);
  assert.deepEqual(value, composed.defaults);
});

test('a key tells what is allowed, its default, whether it needs a restart and whether it is secret', () => {
  const text = documentConfig({
    mqtt: Type.Object({
      url: Type.Union([Type.String(), Type.Null()], { default: null, description: 'Broker' }),
      password: Type.Union([Type.String(), Type.Null()], { default: null, secret: true, restart: true }),
      topics: Type.Array(
        Type.Object({
          name: Type.String({ description: 'Name' }),
          qos: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
        }),
        { default: [] },
      ),
    }),
  });
  assert.ok(text.includes('| `mqtt.url` | text or null | `null` | Broker |'));
  assert.ok(
    text.includes('| `mqtt.password` | text or null | `null` | *at the next start*; *secret: never shown* |'),
  );
  assert.ok(text.includes('| `mqtt.topics[].name` | text | (must be given) | Name |'));
  assert.ok(text.includes('| `mqtt.topics[].qos` | a whole number from 0 to 2 | (absent) |  |'));
});
