import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { composeConfig } from '../../../config/compose.ts';
import type { ConfigSections } from '../../../core/feature.ts';
import { features } from '../../../features.ts';
import { httpConfig } from '../../../http/config.ts';
import { storeConfig } from '../../../store/config.ts';
import { isSwitched } from './config.ts';
import { whatLeaves } from './what-leaves.ts';

const services = features.flatMap((feature) => feature.services ?? []);
const composed = composeConfig(
  Object.assign({}, httpConfig, storeConfig, ...features.map((feature) => feature.config ?? {})),
);
const defaults = composed.defaults as unknown as ConfigSections; // composed of the sections of all features

test('docs/security-model.md says who learns what, as the features declare it', async () => {
  const document = await readFile(new URL('../../../../docs/security-model.md', import.meta.url), 'utf8');
  const section = /<!-- what leaves the house: from here [^>]*-->\n([\s\S]*?)\n<!-- to here -->/.exec(
    document,
  )?.[1];
  assert.equal(section, whatLeaves(services, defaults), 'put the expected text between the two marks');
});

test('every service is off by default, and has its switch in the configuration', () => {
  const switches = services.filter(isSwitched).map(({ id }) => [id, false]);
  assert.ok(switches.length > 0);
  assert.deepEqual(defaults.consent, Object.fromEntries(switches));
});

test('what features declare reads well: a name, sentences without a stop, an honest price', () => {
  for (const service of services) {
    const { id, name, purpose, learns, protocol, bytesPerMonth } = service;
    for (const text of [name, purpose, learns, protocol])
      assert.match(text, /^[A-Z][^|\n]*[^.\s]$/, `${id}: ${text}`);
    const bytes = typeof bytesPerMonth === 'function' ? bytesPerMonth(defaults) : bytesPerMonth;
    assert.ok(Number.isInteger(bytes) && bytes >= 0, `${id}: ${bytes}`);
  }
});

test('the prices follow the configuration', () => {
  const priceOf = (id: string, change: Partial<ConfigSections>) => {
    const bytes = services.find((service) => service.id === id)?.bytesPerMonth;
    assert.ok(typeof bytes === 'function');
    return bytes({ ...defaults, ...change });
  };
  const secondsOfMonth = 30 * 86_400;
  const one = { name: 'One', host: '192.0.2.1' };
  const both = (bytes: number) => 2 * bytes * secondsOfMonth;
  assert.equal(priceOf('targets', { targets: [one] }), both(20 + 8 + 56));
  assert.equal(priceOf('targets', { targets: [{ ...one, intervalMs: 10_000 }] }), both(84) / 10);
  assert.equal(priceOf('targets', { targets: [{ ...one, host6: '2001:db8::1' }] }), both(84) + both(104));
  assert.equal(priceOf('targets', { targets: [{ ...one, sizeBytes: 1000 }] }), both(1028));
  assert.equal(priceOf('comparedNameServers', {}), 0);
  const { dns } = defaults;
  assert.ok(
    priceOf('comparedNameServers', { dns: { ...dns, compare: ['tls://9.9.9.9#dns.quad9.net'] } }) > 0,
  );
  assert.ok(
    priceOf('pages', { httpCheck: { ...defaults.httpCheck, intervalMs: 600_000 } }) < priceOf('pages', {}),
  );
  assert.ok(priceOf('routers', { path: { intervalMinutes: 1 } }) > priceOf('routers', {}));
});
