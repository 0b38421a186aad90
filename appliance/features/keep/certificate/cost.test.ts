import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import type { ConfigSections } from '../../../core/feature.ts';
import { fakeContext } from '../../../testing/fakes/context.ts';
import { certificate } from './index.ts';

const loaded = createRequire(import.meta.url).cache;
const libraries = () =>
  Object.keys(loaded).filter((file) => /node_modules\/(@peculiar|reflect-metadata)\//.test(file));

test('the library for certificates is never loaded into the service, also where it makes some', async (context) => {
  const dataFolder = await mkdtemp(`${tmpdir()}/ist-tls-cost-`);
  context.after(() => rm(dataFolder, { recursive: true }));
  const http: ConfigSections['http'] = {
    host: '::',
    port: 0,
    allowedHosts: [],
    tls: 'off',
    tlsCertificateFile: null,
    tlsKeyFile: null,
  };
  const fake = fakeContext({ config: { http } });
  fake.clock.stepWall(systemClock.wallMs() - fake.clock.wallMs());
  fake.timeline.check();
  const parts = certificate.setup?.({ ...fake.context, about: { ...fake.context.about, dataFolder } });
  const service = parts?.provides?.certificate;
  assert.ok(parts && service);
  await service.open();
  assert.equal(service.status().inUse, 'none');
  await parts.start?.(new AbortController().signal);
  context.after(() => parts.stop?.());
  assert.deepEqual(libraries(), []);
  const changed = new Promise<void>((resolve) => service.onChange(resolve));
  fake.changeConfig({ http: { ...http, tls: 'local' } });
  await changed;
  assert.match(service.current?.certificate ?? '', /^-----BEGIN CERTIFICATE-----/);
  assert.deepEqual(libraries(), []);
  assert.equal(Reflect.has(Reflect, 'getMetadata'), false);
  await import('./issue.ts'); // what is looked for is there where it is loaded
  assert.ok(libraries().length > 2);
  assert.equal(Reflect.has(Reflect, 'getMetadata'), true);
});
