import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { entityId } from '../mqtt/discovery.ts';
import { entityTable } from './home-assistant/entity-table.ts';
import { everything } from './home-assistant/full-device.ts';

const file = new URL('../../docs/home-assistant.md', import.meta.url);
const text = await readFile(file, 'utf8');
const offered = everything();
const marks = /<!-- entities -->\n([\s\S]*?)<!-- \/entities -->/;

test('the table of the documentation is what the features show (renew it: IST_RENEW_DOCS=1)', async () => {
  const table = `\n${entityTable(offered)}\n\n`;
  if (process.env.IST_RENEW_DOCS === '1')
    await writeFile(
      file,
      text.replace(marks, () => `<!-- entities -->\n${table}<!-- /entities -->`),
    );
  else assert.equal(marks.exec(text)?.[1], table);
});

test('every entity that it names exists', () => {
  const known = new Set([
    ...offered.topics.flatMap(({ entities }) =>
      entities.map(({ component, key }) => entityId(component, key)),
    ),
    ...offered.events.map(({ key }) => entityId('event', key)),
    ...offered.commands.map(({ component, key }) => entityId(component, key)),
  ]);
  const named = text.replace(marks, '').match(/\b[a-z_]+\.ist_[a-z0-9_]+/g) ?? [];
  assert.ok(named.length > 15);
  assert.deepEqual(
    named.filter((id) => !known.has(id)),
    [],
  );
});

test('every topic that it names exists', () => {
  const named = [...text.matchAll(/\bist\/(?:\+|<serial>)\/([a-z_]+(?:\/[a-zA-Z_]+)?)/g)].map(
    ([, topic = '']) => topic,
  );
  const known = new Set([
    ...['status', 'result'],
    ...offered.events.map(({ key }) => `event/${key}`),
    ...offered.commands.map(({ key }) => `command/${key}`),
    ...offered.topics.flatMap(({ topic, entities }) => [
      topic,
      ...entities.map(({ field }) => `${topic}/${field}`),
    ]),
  ]);
  const stands = named.filter((topic) => !/^(event|command)$/.test(topic));
  assert.ok(stands.length >= 5);
  assert.deepEqual(
    stands.filter((topic) => !known.has(topic)),
    [],
  );
});

test('its automations, card and flow can be read', () => {
  const blocks = [...text.matchAll(/```(yaml|json)\n([\s\S]*?)```/g)].map(([, kind, block = '']) =>
    kind === 'json' ? JSON.parse(block) : parse(block),
  );
  assert.equal(blocks.length, 7);
  const automations = blocks.slice(0, 5).flat();
  for (const { alias, triggers, actions } of automations)
    assert.ok(typeof alias === 'string' && triggers.length > 0 && actions.length > 0, alias);
});
