import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Value from 'typebox/value';
import { failedResult, speedTest } from '../../../testing/fakes/speedtests.ts';
import { shaperAdvice } from './advice.ts';
import { changeOf } from './change.ts';
import { avoiding, choicesFor, type Means, readinessOf } from './choices.ts';
import { compare } from './comparison.ts';
import { csvOf } from './csv.ts';
import { ShaperAdvice, SpeedComparison, type SpeedTest, SpeedTrend } from './schema.ts';
import { trendsOf } from './trend.ts';

/** Newest first, with these downloads. */
const row = (...downloads: number[]) =>
  downloads.map((downloadMbps, index) => speedTest(100 - index, { downloadMbps }));
const failed = (id: number): SpeedTest => ({ id: String(id), ...failedResult('reset') });

describe('a change', () => {
  const usual = row(95, 96, 94, 95.5, 94.5);

  it('is real beyond a tenth and beyond what the line spreads, and bad beyond a fifth downwards', () => {
    const judged = (downloadMbps: number, earlier = usual) => {
      const change = changeOf(speedTest(200, { downloadMbps }), earlier);
      return [change?.isReal, change?.isBad];
    };
    assert.deepEqual(judged(97), [false, false]);
    assert.deepEqual(judged(80), [true, false]);
    assert.deepEqual(judged(60), [true, true]);
    assert.deepEqual(judged(300), [true, false]);
    assert.deepEqual(judged(60, row(95, 60, 100, 55, 90)), [false, false], 'this line always spreads so');
  });

  it('is not seen in what was disturbed, nor from too few tests', () => {
    assert.equal(changeOf(speedTest(200, { flags: ['busy'] }), usual), null);
    assert.equal(changeOf(speedTest(200), usual.slice(0, 2)), null);
    assert.equal(changeOf(failed(200), usual), null);
    assert.equal(changeOf(speedTest(200), [failed(1), failed(2), failed(3)]), null);
  });
});

describe('a trend', () => {
  it('keeps engines, families and lines apart, and counts what failed without a number', () => {
    const tests = [
      speedTest(6, { downloadMbps: 90 }),
      speedTest(5, { engine: 'mlab', downloadMbps: 70 }),
      failed(4),
      { id: '3', ...failedResult('budget', 'skipped') },
      speedTest(2, { downloadMbps: 100 }),
      speedTest(1, { family: 'ipv6', downloadMbps: 50 }),
    ];
    const trends = trendsOf(tests);
    for (const trend of trends) assert.ok(Value.Check(SpeedTrend, trend));
    assert.deepEqual(
      trends.map(({ engine, family, tests: count, failed: bad, skipped, downloadMbps }) => [
        ...[engine, family, count, bad, skipped, downloadMbps?.median],
      ]),
      [
        ['peer', 'ipv4', 2, 1, 1, 95],
        ['mlab', 'ipv4', 1, 0, 0, 70],
        ['peer', 'ipv6', 1, 0, 0, 50],
      ],
    );
    assert.deepEqual([trends[0]?.addedDownMs?.median, trends[0]?.addedUpMs?.median], [8, 48]);
    assert.deepEqual(trendsOf([]), []);
  });

  it('of failures alone has no figures', () => {
    const [trend] = trendsOf([failed(1)]);
    assert.deepEqual([trend?.tests, trend?.failed, trend?.downloadMbps, trend?.lastAt], [0, 1, null, null]);
  });
});

describe('before and after', () => {
  const around = [94, 96, 95, 93, 97, 95].map((downloadMbps, index) =>
    speedTest(index, { downloadMbps, loadedUpMs: 60 + index }),
  );
  const before = speedTest(10, { loadedUpMs: 62 });

  it('differ where the difference is more than two tests of this line differ anyway', () => {
    const result = compare(before, speedTest(11, { loadedUpMs: 18, downloadMbps: 93 }), around);
    assert.ok(Value.Check(SpeedComparison, result));
    const verdicts = Object.fromEntries(result.figures.map(({ name, verdict }) => [name, verdict]));
    assert.deepEqual(
      [verdicts.addedUpMs, verdicts.downloadMbps, verdicts.idleMs],
      ['better', 'same', 'same'],
    );
    assert.equal(result.text, 'Better: delay added by an upload.');
    const slower = compare(before, speedTest(12, { downloadMbps: 50, loadedUpMs: 62 }), around);
    assert.equal(slower.text, 'Worse: download.');
  });

  it('say that nothing is known from too few tests, and are not compared across engines', () => {
    const few = compare(before, speedTest(11), around.slice(0, 3));
    assert.match(few.text, /too few tests/);
    const other = compare(before, speedTest(11, { engine: 'mlab' }), around);
    assert.deepEqual([other.isComparable, other.figures[0]?.verdict], [false, 'unknown']);
  });
});

describe('advice for a shaper', () => {
  it('waits for three tests', () => {
    const advice = shaperAdvice('main', [speedTest(1), speedTest(2), failed(3)], 30);
    assert.ok(Value.Check(ShaperAdvice, advice));
    assert.deepEqual([advice.state, advice.down, advice.settings], ['too-few-tests', null, []]);
  });

  it('is a share of the slow tenth, with the headers that a shaper counts', () => {
    const tests = [100, 100, 100, 100, 100].map((downloadMbps, index) =>
      speedTest(index, { downloadMbps, uploadMbps: 40, loadedDownMs: 15, loadedUpMs: 200 }),
    );
    const advice = shaperAdvice('main', tests, 30);
    assert.ok(Value.Check(ShaperAdvice, advice));
    assert.equal(advice.state, 'shape');
    assert.deepEqual(
      [advice.down?.isNeeded, advice.up?.isNeeded, advice.up?.basis],
      [false, true, 'derived'],
    );
    assert.equal(advice.up?.rateKbps, Math.floor(40 * 0.95 * (1514 / 1448) * 1000));
    assert.match(advice.text, /^An upload makes answers 188 ms slower\. A shaper/);
    const [openWrt, opnSense] = advice.settings;
    assert.ok(openWrt?.commands.includes(`uci set sqm.wan.upload='${advice.up?.rateKbps}'`));
    assert.match(
      opnSense?.steps.join('\n') ?? '',
      new RegExp(`Upload with bandwidth ${advice.up?.rateKbps} Kbit/s`),
    );
  });

  it('takes a rate that was seen to keep the target, once a shaper is there', () => {
    const shaped = [36, 36.5, 36.2].map((uploadMbps, index) =>
      speedTest(10 - index, { uploadMbps, loadedUpMs: 20 }),
    );
    const open = [40, 40, 39].map((uploadMbps, index) =>
      speedTest(5 - index, { uploadMbps, loadedUpMs: 200 }),
    );
    const advice = shaperAdvice('main', [...shaped, ...open], 30);
    assert.deepEqual([advice.state, advice.up?.basis], ['fine', 'observed']);
    assert.equal(advice.up?.rateKbps, Math.floor(36.5 * (1514 / 1448) * 1000));
    assert.deepEqual(advice.settings, []);
  });

  it('is drawn from one engine and family alone', () => {
    const tests = [
      speedTest(9),
      speedTest(8, { engine: 'mlab' }),
      speedTest(7),
      speedTest(6, { family: 'ipv6' }),
    ];
    assert.deepEqual(shaperAdvice('main', tests, 30).tests, ['9', '7']);
  });
});

describe('whom a test may measure with', () => {
  const means = (change: Partial<Means['config']> = {}, on: string[] = []): Means => ({
    config: { engine: 'auto', servers: [], ooklaProgram: null, ...change },
    serviceOf: (engine) => (engine === 'peer' || engine === 'http' ? null : engine),
    isOn: (service) => on.includes(service),
  });

  it('is nobody before something is configured or switched on', () => {
    assert.deepEqual(choicesFor('auto', means()), []);
    assert.match(readinessOf('mlab', means()).why ?? '', /consent\.mlab/);
    assert.match(readinessOf('ookla', means({}, ['ookla'])).why ?? '', /Install the program/);
    assert.match(readinessOf('http', means()).why ?? '', /speedtest\.servers/);
  });

  it('is the own server first, then what is switched on, at most eight', () => {
    const servers = [
      { url: 'http://files.test/large', engine: 'http' as const, upload: 'http://files.test/up' },
      { url: 'https://box.test', name: 'Box' },
    ];
    const choices = choicesFor(
      'auto',
      means({ servers, ooklaProgram: '/usr/bin/speedtest' }, ['mlab', 'ookla']),
    );
    assert.deepEqual(choices, [
      { engine: 'peer', server: 'https://box.test', name: 'Box' },
      { engine: 'mlab', server: null },
      { engine: 'http', server: 'http://files.test/large', upload: 'http://files.test/up' },
      { engine: 'ookla', server: null },
    ]);
    const many = Array.from({ length: 12 }, (_, index) => ({ url: `https://box${index}.test` }));
    assert.equal(choicesFor('peer', means({ servers: many })).length, 8);
  });

  it('is another server of the same engine after a doubted result', () => {
    const servers = [{ url: 'https://one.test:8443' }, { url: 'https://two.test', name: 'Two' }];
    const choices = choicesFor('auto', means({ servers }, ['mlab']));
    const order = (avoid: string | null) => avoiding(choices, avoid).map(({ server }) => server);
    assert.deepEqual(order('one.test:8443'), ['https://two.test', 'https://one.test:8443', null]);
    assert.deepEqual(order('Two'), ['https://one.test:8443', 'https://two.test', null]);
    assert.deepEqual(order(null), ['https://one.test:8443', 'https://two.test', null]);
  });
});

describe('the CSV', () => {
  it('leaves empty what was not measured and lets no name become a formula', () => {
    const text = csvOf([speedTest(1, { server: '=1+1,"x"', flags: ['burst', 'lossy'] }), failed(2)]);
    const [heading, good, bad, rest] = text.split('\r\n');
    assert.match(heading ?? '', /^at,line,family,engine,server,outcome,downloadMbps,.*,flags$/);
    assert.match(good ?? '', /,peer,"'=1\+1,""x""",ok,95,38,12,20,60,B,900,40000000,burst lossy$/);
    assert.match(bad ?? '', /,failed,,,,,,,,0,$/);
    assert.equal(rest, '');
  });
});
