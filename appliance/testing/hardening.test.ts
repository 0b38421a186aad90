/** What holds the service down: its unit, its user, its folders, and what the dashboard's sources may not do. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { createEngine } from '../net/engine.ts';
import { hasProgram } from './lab/processes.ts';
import { quietLog } from './lab/quiet-log.ts';

const root = resolve(import.meta.dirname, '../..');
const unitFile = join(root, 'systemd/ist.service');
const unit = readFileSync(unitFile, 'utf8');
/** The highest exposure that `systemd-analyze security` may give. */
const maxExposure = 1.6;

const needs = (program: string, aptPackage: string) =>
  hasProgram(program) ? false : `needs ${program} (apt-get install ${aptPackage})`;
const noAnalyser = needs('systemd-analyze', 'systemd');

/** Every value of a key, in order. */
const valuesOf = (key: string, text = unit) =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((found) => found[1] ?? '');

function run(program: string, ...words: string[]) {
  const done = spawnSync(program, words, { encoding: 'utf8', timeout: 30_000 });
  return { code: done.status, said: done.stdout + done.stderr };
}

function scratch(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ist-hard-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the unit leaves the service as little as we say', { skip: noAnalyser }, (context) => {
  const folder = scratch(context);
  const exposureOf = (text: string) => {
    const file = join(folder, 'ist.service');
    writeFileSync(file, text);
    const { said } = run('systemd-analyze', 'security', '--offline=true', '--no-pager', file);
    return Number(/exposure level for ist\.service: ([\d.]+)/.exec(said)?.[1]);
  };
  const exposure = exposureOf(unit);
  context.diagnostic(`exposure ${exposure}`);
  assert.ok(exposure <= maxExposure, `${exposure}`);
  const careless = unit.replace(/^(ProtectSystem|NoNewPrivileges|SystemCallFilter)=.*$/gm, '');
  assert.ok(exposureOf(careless) > maxExposure, 'the analyser sees the difference');
});

test('the unit has no mistake that systemd would find', { skip: noAnalyser }, (context) => {
  const folder = scratch(context);
  const verify = (text: string) => {
    const file = join(folder, 'ist.service');
    writeFileSync(file, text.replace('ExecStart=/usr/bin/ist ', 'ExecStart=/bin/true '));
    return run('systemd-analyze', 'verify', '--man=no', file);
  };
  const { code, said } = verify(unit);
  // Other units of the machine may have faults of their own; a line about ours names it.
  assert.deepEqual(
    said.split('\n').filter((line) => line.includes('ist.service')),
    [],
  );
  assert.equal(code, 0, said);
  assert.match(verify(unit.replace('ProtectClock=yes', 'ProtectClocks=yes')).said, /ProtectClocks/);
});

test('it runs as a user of its own, with raw sockets and nothing else', () => {
  assert.deepEqual([valuesOf('User'), valuesOf('Group')], [['ist'], ['ist']]);
  for (const key of ['AmbientCapabilities', 'CapabilityBoundingSet'])
    assert.deepEqual(valuesOf(key), ['CAP_NET_RAW'], key);
  assert.deepEqual(valuesOf('RestrictRealtime'), ['yes']);
  assert.deepEqual(valuesOf('MemoryDenyWriteExecute'), [], 'V8 ends at once with it');
  assert.deepEqual(valuesOf('UMask'), ['0077']);
});

test('where another time service is used, one more question to the kernel is all that is added', {
  skip: noAnalyser,
}, (context) => {
  const added = readFileSync(join(root, 'systemd/other-time-service.conf'), 'utf8');
  assert.deepEqual(valuesOf('SystemCallFilter', added), ['adjtimex clock_adjtime']);
  const file = join(scratch(context), 'ist.service');
  const service = added.slice(added.indexOf('[Service]'));
  writeFileSync(file, `${unit.replace('ExecStart=/usr/bin/ist ', 'ExecStart=/bin/true ')}\n${service}`);
  assert.equal(run('systemd-analyze', 'verify', '--man=no', file).code, 0);
});

test('its user and its folder are made as written', {
  skip: needs('systemd-sysusers', 'systemd') || (process.getuid?.() === 0 ? false : 'needs root'),
}, (context) => {
  const folder = scratch(context);
  mkdirSync(join(folder, 'etc'));
  const made = run('systemd-sysusers', `--root=${folder}`, join(root, 'systemd/ist.sysusers'));
  assert.equal(made.code, 0, made.said);
  const [user] = readFileSync(join(folder, 'etc/passwd'), 'utf8').match(/^ist:.*$/m) ?? [];
  const [, , uid, gid, , home, shell] = user?.split(':') ?? [];
  assert.ok(Number(uid) > 0 && Number(uid) < 1000 && Number(gid) > 0, user);
  assert.deepEqual([home, shell], ['/var/lib/ist', '/usr/sbin/nologin']);
  assert.match(readFileSync(join(folder, 'etc/shadow'), 'utf8'), /^ist:!\*?:/m, 'nobody can log in with it');
  const tidied = run('systemd-tmpfiles', '--create', `--root=${folder}`, join(root, 'systemd/ist.tmpfiles'));
  assert.equal(tidied.code, 0, tidied.said);
  const { said } = run('stat', '-c', '%a %u %g', join(folder, 'etc/ist'));
  assert.equal(said.trim(), `770 0 ${gid}`);
});

test('the probing thread alone gets the real-time class, from outside, and the engine knows it', {
  skip: needs('chrt', 'util-linux') || (process.getuid?.() === 0 ? false : 'needs root'),
}, async (context) => {
  const engine = createEngine({ clock: systemClock, log: quietLog, realtime: false });
  await engine.start();
  try {
    assert.equal(engine.statistics().isRealtime, false);
    const [line = ''] = valuesOf('ExecStartPost');
    const script = /^-\+\/bin\/sh -c '(.*)'$/.exec(line)?.[1] ?? '';
    // What systemd does to it before the shell sees it, systemd.service(5).
    const command = script.replaceAll('$MAINPID', String(process.pid)).replaceAll('$$', '$');
    const { code, said } = run('/bin/sh', '-c', command);
    if (code !== 0 && said.includes('ermitted')) return context.skip(`the kernel refuses: ${said.trim()}`);
    assert.equal(code, 0, said);
    assert.equal(engine.statistics().isRealtime, true);
    const others = readdirSync('/proc/self/task').filter(
      (id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() !== 'ist-probe',
    );
    assert.ok(others.length > 1);
    for (const id of others) assert.match(run('chrt', '--pid', id).said, /SCHED_OTHER/);
  } finally {
    await engine.stop();
  }
});

test('no source of the dashboard makes HTML or code of text', () => {
  const sinks =
    /\b(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|createContextualFragment|setHTMLUnsafe|parseFromString|unsafeHTML|unsafeSVG|unsafeStatic)\b|document\.write|\beval\(|new Function\b|javascript:/;
  const files = globSync('web/src/**/*.ts', { cwd: root });
  assert.ok(files.length > 50);
  assert.deepEqual(
    files.filter((file) => sinks.test(readFileSync(join(root, file), 'utf8'))),
    [],
  );
  for (const text of ['this.innerHTML = name', 'unsafeHTML(name)', "location = 'javascript:x'"])
    assert.match(text, sinks);
  // Style sheets of packages, known when the dashboard is built, are the one thing that may be taken in whole.
  const styles = files.filter((file) => /\bunsafeCSS\b/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(styles, ['web/src/charts/plot-frame.ts']);
});
