import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Gap, Outage, Uptime } from '../../../appliance/features/judge/outage/schema.ts';
import { timelineItems } from './timeline-items.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-22T12:00:00.000Z');
const range = { fromMs: now - 24 * hour, toMs: now };
const iso = (hoursAgo: number) => new Date(now - hoursAgo * hour).toISOString();
const outage = {
  id: 4,
  kind: 'outage',
  line: 'main',
  verdict: 'access',
  startedAt: iso(3),
  endedAt: iso(2),
} as Outage; // the rest is not looked at
const incident = { id: 9, outages: [4] } as Incident; // as above
const gap: Gap = { id: 1, startedAt: iso(6), endedAt: iso(5), reason: 'power', text: 'No power.' };
const book = (ratio: number | null) => ({
  list: { outages: [outage], busy: [], gaps: [gap], uptime: { ratio } as Uptime /* as above */ },
  incidents: [incident],
});

test('an outage leads to its incident, a gap leads nowhere and concerns every line', () => {
  const items = timelineItems(book(0.9), range, null, now);
  assert.deepEqual(
    items.map(({ kind, line, href }) => [kind, line, href]),
    [
      ['outage', 'main', '/incident?id=9'],
      ['gap', null, null],
    ],
  );
  assert.match(items[0]?.label ?? '', /^Outage, .*, 1\sh: Line to the provider$/);
});

test('what was before watching began is not observed', () => {
  const last = timelineItems(book(0.9), range, now - 10 * hour, now).at(-1);
  assert.deepEqual([last?.kind, last?.fromMs, last?.toMs], ['gap', range.fromMs, now - 10 * hour]);
  assert.equal(timelineItems(book(0.9), range, now - 100 * hour, now).length, 2);
});

test('where nothing was observed the whole range is empty of it', () => {
  const last = timelineItems(book(null), range, null, now).at(-1);
  assert.deepEqual([last?.kind, last?.fromMs, last?.toMs], ['gap', range.fromMs, range.toMs]);
});
