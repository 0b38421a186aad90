import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { Metric } from '../core/feature.ts';
import { ask, startTestServer } from './testing.ts';

let total = 41;
const metrics: Metric[] = [
  {
    name: 'probe_rtt_seconds',
    help: 'Round-trip time',
    type: 'gauge',
    labels: ['target'],
    collect: () => [
      { labels: { target: 'a "quoted" \\ name\n' }, value: 0.0125 },
      { labels: { target: 'b' }, value: Number.NaN },
    ],
  },
  {
    name: 'probes_total',
    help: 'Probes sent',
    type: 'counter',
    collect() {
      total += 1;
      return [{ value: total }];
    },
  },
];

test('metrics carry our prefix, follow their source at each scrape, and have an alias', async (context) => {
  const { port } = await startTestServer(context, { metrics });
  const first = await ask({ port, path: '/metrics' });
  assert.match(String(first.headers['content-type']), /^text\/plain; version=0\.0\.4/);
  assert.match(first.text, /^ist_probes_total 42$/m);
  assert.match(first.text, /^ist_probe_rtt_seconds\{target="a \\"quoted\\" \\\\ name\\n"\} 0\.0125$/m);
  assert.match(first.text, /^ist_live_clients 0$/m);
  assert.match(first.text, /^process_resident_memory_bytes \d+$/m);
  assert.match((await ask({ port, path: '/api/metrics' })).text, /^ist_probes_total 43$/m);
});

const promtool = spawnSync('promtool', ['--version']);

test('promtool accepts the page', {
  skip: promtool.error ? 'promtool is not installed' : false,
}, async (context) => {
  const { port } = await startTestServer(context, { metrics });
  const { text } = await ask({ port, path: '/metrics' });
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, '', '']);
});
