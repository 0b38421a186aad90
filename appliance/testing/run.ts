/**
 * Everything a reviewer would run: system packages, builds, types, lint, and the tests of `suites.ts`.
 * `--static` stops before the tests; `--only unit,lab,timing,browser` runs some of them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import { Durations } from './durations.ts';
import { filesOf, type Suite, suites } from './suites.ts';

const root = resolve(import.meta.dirname, '../..');

/** What the tests start beside our own code, and the Debian package that brings it. */
const systemPrograms: readonly [program: string, aptPackage: string][] = [
  ['cc', 'gcc'],
  ['make', 'make'],
  ['python3', 'python3'],
  ['ip', 'iproute2'],
  ['sysctl', 'procps'],
  ['ping', 'iputils-ping'],
  ['traceroute', 'traceroute'],
  ['curl', 'curl'],
  ['setpriv', 'util-linux'],
  ['chromium', 'chromium'],
  ['promtool', 'prometheus'],
  ['systemd-analyze', 'systemd'],
  ['mosquitto', 'mosquitto'],
  ['openssl', 'openssl'],
];
/** gcc alone does not bring the sanitizers' headers on a minimal system. */
const libraryFiles: readonly [file: string, aptPackage: string][] = [['/usr/include/stdio.h', 'libc6-dev']];

/** For each test: the longest, a lab run of a minute of measuring and several starts, takes a third of this. */
const testTimeoutMs = 6 * 60_000;

function missingPackages(): string[] {
  const path = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/sbin');
  const isThere = (program: string) => path.some((folder) => existsSync(`${folder}/${program}`));
  const programs = systemPrograms.filter(([program]) => !isThere(program)).map(([, name]) => name);
  const files = libraryFiles.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  return [...new Set([...programs, ...files])];
}

function installPackages(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(
      `Missing system packages: ${missing.join(' ')}. Tests that need them are skipped, each with its reason.`,
    );
    console.log(`To run them all: sudo apt-get install ${missing.join(' ')}`);
    return;
  }
  console.log(`Installing ${missing.join(' ')} …`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const words of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    const done = spawnSync('apt-get', words, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    if (done.status !== 0) console.log(`apt-get ${words[0]} ended with ${done.status}; going on without`);
  }
}

/** Runs one of our tools by path with the locked runtime. */
function step(name: string, words: readonly string[]): Promise<boolean> {
  console.log(`\n── ${name}`);
  return new Promise((done) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit' });
    child.on('close', (code) => done(code === 0));
  });
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function runSuite(suite: Suite, counts: Counts, durations: Durations): Promise<void> {
  const files = await filesOf(suite, root);
  console.log(`\n── ${suite.name} tests (${files.length} files)`);
  // A test that hangs fails instead of keeping the whole run.
  const stream = runTests({ files, concurrency: suite.concurrency, cwd: root, timeout: testTimeoutMs });
  stream.on('test:summary', (summary) => {
    if (summary.file !== undefined) {
      durations.file(suite.name, summary.file, summary.duration_ms);
      return; // the whole run's summary has no file
    }
    const { tests, passed, skipped, todo } = summary.counts;
    counts.passed += passed;
    counts.skipped += skipped + todo;
    counts.failed += tests - passed - skipped - todo;
  });
  const written = stream.compose(new spec());
  written.pipe(process.stdout, { end: false });
  await new Promise((done, fail) => written.on('end', done).on('error', fail));
}

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const only = words.includes('--only') ? (words[words.indexOf('--only') + 1] ?? '').split(',') : null;
  if (only === null) installPackages();
  const checks: [name: string, command: string[]][] = [
    // Also where only some tests run: files side by side must not each build what they all need.
    ['build', ['appliance/start.ts', '--build-only']],
    ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
    ['types of the dashboard', ['node_modules/typescript/bin/tsc', '-p', 'web']],
    ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ];
  for (const [name, command] of only === null ? checks : checks.slice(0, 1)) {
    if (await step(name, command)) continue;
    console.log(`\n${name} failed`);
    return 1;
  }
  if (words.includes('--static')) return 0;
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const durations = new Durations(root);
  for (const suite of suites) {
    if (only !== null && !only.includes(suite.name)) continue;
    await durations.suite(suite.name, () => runSuite(suite, counts, durations));
  }
  durations.print();
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

process.exitCode = await main();
