import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { DrillCase } from './case.ts';
import { deedAtMs, observation } from './records.ts';
import { ChangeLog, deedMs, downs, trueIntervals } from './truth.ts';

const at = (after: number) => deedAtMs + after * 1000;

test('what linksim does began when its log says so, what a node does in the middle of the command', () => {
  const moment = { fromMs: at(0), toMs: at(0.4) };
  const changes = [
    { atMs: at(-3), who: 'core', text: 'set core down' },
    { atMs: at(0.1), who: '*', text: 'mark fault isp' },
    { atMs: at(0.15), who: 'access', text: 'set access down' },
  ];
  assert.equal(deedMs({ fault: 'isp' }, moment, changes), at(0.15));
  assert.equal(deedMs({ ctl: 'set access down' }, moment, changes), at(0.15));
  assert.equal(deedMs({ fault: 'noroute' }, moment, changes), at(0.2));
  assert.equal(deedMs({ fault: 'family6', argument: 'isp' }, moment, changes), at(0.2));
});

test('a fault of the links ends with the reset of the links, one of a node with the whole clearing', () => {
  const seen = observation([0], 25, []);
  const cleared = { fromMs: at(24.9), toMs: at(25.5) };
  const drill = (fault: 'isp' | 'forward'): DrillCase => ({ name: fault, deeds: [{ fault }], expect: [] });
  const expectation = { kind: 'outage', verdicts: ['access'] } as const;
  const [links] = trueIntervals(drill('isp'), expectation, { ...seen, cleared });
  const [node] = trueIntervals(drill('forward'), expectation, { ...seen, cleared });
  assert.equal(links?.endMs, at(25));
  assert.equal(node?.endMs, at(25.2));
});

test('a link is down while either direction is, and until it is cleared', () => {
  const changes = [
    { atMs: at(1), who: 'access.ab', text: 'flap down' },
    { atMs: at(2), who: 'access.ba', text: 'flap down' },
    { atMs: at(3), who: 'access.ab', text: 'flap up' },
    { atMs: at(3.5), who: 'core.ab', text: 'flap down' },
    { atMs: at(4), who: 'access.ba', text: 'flap up' },
    { atMs: at(9), who: 'access.ab', text: 'flap down' },
  ];
  assert.deepEqual(downs('access', { startMs: at(0), endMs: at(10) }, changes), [
    { startMs: at(1), endMs: at(4) },
    { startMs: at(9), endMs: at(10) },
  ]);
});

test('the log is followed: each change once, on the clock of the packets', async () => {
  const folder = await mkdtemp(`${tmpdir()}/ist-drill-`);
  try {
    const file = `${folder}/log.csv`;
    const realNs = (after: number) => `${BigInt(at(after)) * 1_000_000n}`;
    await writeFile(
      file,
      `# start_real_ns=${realNs(-1)}\npkt,2.000000,lan.ab,pass,98,${realNs(2)},0,0,1,a,b,1,1,8\n` +
        'chg,5.000000,access,set access down\nchg,6.5',
    );
    const log = new ChangeLog(file);
    assert.deepEqual(await log.read(), [{ atMs: at(5), who: 'access', text: 'set access down' }]);
    await appendFile(file, '00000,*,mark a, b\n');
    assert.deepEqual(await log.read(), [{ atMs: at(6.5), who: '*', text: 'mark a, b' }]);
    assert.deepEqual(await log.read(), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
