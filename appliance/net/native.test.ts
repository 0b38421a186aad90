import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../../native', import.meta.url));
const compiler = ['-std=c11', '-D_GNU_SOURCE', '-g', '-O1', '-Wall', '-Wextra', '-Wconversion', '-Werror'];
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** Mutations of every seed in a test run; the long run takes more. */
const mutations = 2000;

/** Parsers and what they need to be linked; the pure part of the addon has no sockets. */
const units = { icmp: ['icmp'], dns: ['dns'], heap: ['heap'], links: ['links'], neighbours: ['neighbours'] };
const entryPoints = {
  icmp: ['icmp'],
  dns: ['dns'],
  links: ['links'],
  neighbours: ['neighbours'],
  control: ['control', 'destination'],
  address: ['destination'],
};

const canCompile = spawnSync('cc', ['--version']).status === 0;
const skip = canCompile ? false : 'no C compiler: sudo apt install gcc libc6-dev';

describe('the C parsers under address and undefined-behaviour sanitizers', { skip }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ist-native-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function compile(name: string, sources: string[], checks = sanitizers): string {
    const program = join(folder, name);
    const files = sources.map((source) => join(native, source));
    const result = spawnSync('cc', [...compiler, ...checks, ...files, '-lpthread', '-o', program], {
      encoding: 'utf8',
    });
    assert.equal(result.status, 0, result.stderr);
    return program;
  }

  for (const [name, sources] of Object.entries(units)) {
    it(`meet every expectation of ${name}-test.c`, () => {
      const parts = sources.map((source) => `src/${source}.c`);
      const result = spawnSync(compile(`test-${name}`, [`test/${name}-test.c`, ...parts]), {
        encoding: 'utf8',
      });
      assert.equal(result.status, 0, result.stderr);
    });
  }

  for (const [name, sources] of Object.entries(entryPoints)) {
    it(`take the ${name} corpus and its mutations without a finding`, () => {
      const parts = sources.map((source) => `src/${source}.c`);
      const program = compile(`fuzz-${name}`, ['fuzz/replay.c', `fuzz/${name}.c`, ...parts]);
      const seeds = globSync(join(native, 'fuzz', 'corpus', name, '*')).sort();
      assert.ok(seeds.length >= 5, `the corpus of ${name} is missing`);
      const result = spawnSync(program, [String(mutations), ...seeds], { encoding: 'utf8' });
      assert.equal(result.status, 0, result.stderr);
      assert.equal(result.stdout.trim(), `${seeds.length * (mutations + 1)} inputs`);
    });
  }

  const parts = globSync('src/*.c', { cwd: native }).filter((name) => !name.includes('binding'));
  for (const [name, checks] of [
    ['memory', sanitizers],
    ['threads', ['-fsanitize=thread']],
  ] as const) {
    it(`run the whole engine on loopback clean of errors with ${name}`, (t) => {
      const program = compile(`engine-${name}`, ['test/engine-test.c', ...parts], [...checks]);
      const result = spawnSync(program, { encoding: 'utf8' });
      // The thread sanitizer cannot map its shadow memory under some kernels' address randomisation.
      if (/unexpected memory mapping/.test(result.stderr))
        return t.skip('this kernel does not suit the sanitizer');
      assert.equal(result.status, 0, result.stderr);
    });
  }
});
