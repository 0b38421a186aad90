import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movePlaces, toAscii } from './bundle.ts';

const move = (code: string, file: string) => movePlaces(code, file, '../../..');

test('in the bundle a source file still finds what lies beside it', () => {
  assert.equal(
    move("const root = resolve(import.meta.dirname, '..');", 'appliance/main.ts'),
    "const root = resolve((import.meta.dirname + '/../../../appliance'), '..');",
  );
  assert.equal(
    move('places.map((place) => new URL(place, import.meta.url))', 'appliance/net/addon.ts'),
    "places.map((place) => new URL('../../../appliance/net/' + place, import.meta.url))",
  );
});

test('a thread starts from the bundle, not from its source', () => {
  assert.equal(
    move("new Worker(new URL('./worker.ts', import.meta.url), {", 'appliance/store/client.ts'),
    "new Worker(new URL('./store-worker.js', import.meta.url), {",
  );
});

test('a thread that is not in the bundle fails the build by name', () => {
  assert.throws(
    () => move("new URL('./other.ts', import.meta.url)", 'appliance/store/client.ts'),
    /appliance\/store\/client\.ts: \.\/other\.ts is no entry of the bundle/,
  );
});

test('what has no place stays as it is', () => {
  assert.equal(
    move('process.argv[1] ?? import.meta.filename', 'appliance/cli.ts'),
    'process.argv[1] ?? import.meta.filename',
  );
});

test('a program in ASCII says the same', () => {
  const text = '– é 😀';
  assert.match(toAscii(JSON.stringify(text)), /^[\0-\x7f]*$/);
  assert.equal(JSON.parse(toAscii(JSON.stringify(text))), text);
  assert.throws(() => toAscii('String.raw`é`'), /String\.raw/);
});
