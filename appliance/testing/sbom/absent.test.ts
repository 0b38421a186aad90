/** The packages that appliance/absent leaves out: each for a reason that is proved here, so that none is ever missed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { rolldown } from 'rolldown';
import about from '../../../package.json' with { type: 'json' };
import { featureCount } from '../../model/feature-vector.ts';
import { loadNetwork } from '../../model/onnx-network.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = `${root}/appliance/absent`;
const left = readdirSync(folder).sort();
const require = createRequire(import.meta.url);

/** The package that a request is for: 'rfdc/default' and 'process/' are for rfdc and process. */
const packageOf = (request: string) => /^(@[^/]+\/)?[^/]+/.exec(request)?.[0] ?? '';

/** Every package that the named ones ask for when they are loaded, or may ask for later: what a bundler would take in. */
async function askedFor(names: readonly string[]): Promise<Map<string, string>> {
  const asked = new Map<string, string>();
  const entry = '\0all';
  const bundle = await rolldown({
    cwd: root,
    input: entry,
    platform: 'node',
    external: [/\.node$/],
    onLog: () => undefined,
    plugins: [
      {
        name: 'notes-requests',
        resolveId(request, importer) {
          if (request === entry) return entry;
          if (!isBuiltin(request) && !/^[./\0]/.test(request)) asked.set(packageOf(request), importer ?? '');
          return null;
        },
        load: (id) => (id === entry ? names.map((name) => `import '${name}';`).join('\n') : null),
      },
    ],
  });
  await bundle.generate();
  await bundle.close();
  return asked;
}

test('each package that is left out has no code, says why, and is wanted by a package that we have', () => {
  const wanted = new Set(Object.values(about.overrides).flatMap((names) => Object.keys(names)));
  assert.deepEqual(left, [...wanted].sort());
  for (const name of left) {
    assert.deepEqual(readdirSync(`${folder}/${name}`), ['package.json'], name);
    const said = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as Record<
      string,
      unknown
    >; // ours
    assert.deepEqual([said.name, said.version, said.license], [name, '0.0.0-absent', 'Apache-2.0']);
    assert.match(String(said.description), /^Left out: .{20,}\.$/, name);
  }
  for (const names of Object.values(about.overrides))
    for (const version of Object.values(names)) assert.equal(version, '0.0.0-absent');
});

test('nothing that the service can load asks for one of them, now or later', async () => {
  const asked = await askedFor(Object.keys(about.dependencies));
  assert.deepEqual(
    left.flatMap((name) => (asked.has(name) ? [`${name}: ${asked.get(name)}`] : [])),
    [],
  );
  // The walk goes deep, into code of both kinds and code that is loaded late.
  for (const name of ['worker-timers-broker', 'aedes-packet', 'onnxruntime-common', 'glob', 'process', 'ms'])
    assert.ok(asked.has(name), name);
});

test('the walk finds each of them where it is asked for', async () => {
  const asked = await askedFor(['mqtt/bin/mqtt', 'mqtt/bin/pub', 'glob/raw']);
  for (const name of ['commist', 'concat-stream', 'help-me', 'minimist', 'minimatch', 'path-scurry'])
    assert.ok(asked.has(name), name);
  const script = readFileSync(`${root}/node_modules/onnxruntime-node/script/install.js`, 'utf8');
  assert.match(script, /require\('global-agent'\)/);
  for (const name of ['buffer', 'events']) assert.ok(isBuiltin(name), name);
});

test('a message goes from client to broker and back, and the network computes, without any of them', async (t) => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  t.after(() => {
    broker.close();
    server.close();
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${address.port}`);
  t.after(() => client.end(true));
  const heard = new Promise<string>((fulfil) =>
    client.on('message', (topic, body) => fulfil(`${topic} ${body}`)),
  );
  await client.subscribeAsync('line/main');
  await client.publishAsync('line/main', 'up', { qos: 1 });
  assert.equal(await heard, 'line/main up');

  const network = await loadNetwork(readFileSync(`${root}/appliance/model/files/line-forecast.onnx`));
  assert.equal(network.engine, 'onnx');
  const [answer] = await network.run([new Float32Array(featureCount)]);
  assert.ok(answer !== undefined && answer.length > 0 && Array.from(answer).every(Number.isFinite));
  await network.release();

  const loaded = Object.keys(require.cache);
  for (const part of ['/mqtt/build/', '/onnxruntime-node/dist/'])
    assert.ok(
      loaded.some((file) => file.includes(part)),
      part,
    );
  assert.deepEqual(
    loaded.filter((file) => file.includes('/appliance/absent/')),
    [],
  );
});
