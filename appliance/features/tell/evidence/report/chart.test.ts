import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  backAtMs,
  brokeAtMs,
  type EvidenceWorld,
  evidenceWorld,
  exampleDetail,
  exampleOutage,
} from '../../../../testing/fakes/evidence-world.ts';
import { chartMarkup } from './chart.ts';
import { type ChartMatter, chartOf } from './chart-data.ts';
import { gather, type ReportMatter } from './matter.ts';

let world: EvidenceWorld;
let matter: ReportMatter;

before(async () => {
  world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
  matter = await gather(world.context, world.service.box, 12);
});
after(() => world.close());

const drawn = (chart: ChartMatter | null) => {
  assert.ok(chart);
  return chartMarkup(chart, 'Etc/UTC', 'label').text;
};

test('where exchanges were kept each of them is a dot, in lanes from the home outwards', () => {
  const chart = chartOf(exampleOutage(), matter);
  assert.deepEqual(
    chart?.lanes.map(({ title, subtitle }) => `${title}: ${subtitle}`),
    [
      'Home network: annas-printer',
      'Router: Router',
      'Provider: Provider',
      'Beyond the provider: core1.transit.example',
      'Internet: Cloudflare',
      'Internet: Quad9',
    ],
  );
  const provider = chart?.lanes[2]?.dots ?? [];
  assert.equal(provider.filter(({ lostRatio }) => lostRatio === 1).length, 1908);
  assert.equal(chart?.source, 'one exchange');
});

test('between the captures of a long outage the seconds are drawn, and none twice', () => {
  const [capture] = matter.detail.captures;
  assert.ok(capture);
  const cut = brokeAtMs + 30_000;
  const head = {
    ...capture,
    endedAt: new Date(cut).toISOString(),
    series: capture.series.map(({ target, offsetsMs, rttMs }) => {
      const count = offsetsMs.filter((ms) => ms < 90_000).length;
      return { target, offsetsMs: offsetsMs.slice(0, count), rttMs: rttMs.slice(0, count) };
    }),
  };
  const chart = chartOf(exampleOutage(), { ...matter, detail: { ...matter.detail, captures: [head] } });
  const dots = chart?.lanes[2]?.dots ?? [];
  const later = dots.filter(({ atMs }) => atMs > cut && atMs < backAtMs);
  assert.equal(later.length, 66, 'a dot a second');
  assert.ok(dots.filter(({ atMs }) => atMs >= brokeAtMs && atMs < cut).length >= 600);
  assert.match(chart?.source ?? '', /one exchange, or the median of 1 s where those were not kept/);
});

test('without measurements there is no picture', () => {
  const detail = { ...exampleDetail(), captures: [] };
  assert.equal(chartOf(exampleOutage(), { ...matter, detail, points: [] }), null);
});

test('lost exchanges are strokes above, answers dots below, and the words say both', () => {
  const text = drawn(chartOf(exampleOutage(), matter));
  assert.match(text, /Provider: 100 % lost\. Beyond the provider \(core1\.transit\.example\): 100 % lost\./);
  assert.match(text, /Router: 0 % lost\./);
  const lanes = text.split('class="lane"').slice(1);
  const strokes = lanes.map(
    (lane) => (/class="lost" d="([^"]*)"/.exec(lane)?.[1] ?? '').split('M').length - 1,
  );
  assert.equal(strokes[1], 0);
  assert.ok((strokes[2] ?? 0) > 100);
  assert.doesNotMatch(text, /NaN|Infinity/);
});

test('one slow answer does not press the others to the floor', () => {
  const chart = chartOf(exampleOutage(), matter);
  const lane = chart?.lanes[1];
  assert.ok(chart && lane);
  const slow = { ...lane, dots: [...lane.dots, { atMs: chart.downFromMs, rttMs: 5000, lostRatio: 0 }] };
  const scaleOf = (markup: string) => /class="scale"[^>]*>([^<]*)</.exec(markup)?.[1];
  assert.equal(scaleOf(drawn({ ...chart, lanes: [slow] })), scaleOf(drawn({ ...chart, lanes: [lane] })));
});

test('a lane in which nothing ever answered is drawn without a scale made of nothing', () => {
  const chart = chartOf(exampleOutage(), matter);
  const lane = chart?.lanes[2];
  assert.ok(chart && lane);
  const silent = { ...lane, dots: lane.dots.filter(({ rttMs }) => rttMs === null) };
  assert.doesNotMatch(drawn({ ...chart, lanes: [silent] }), /NaN|Infinity/);
});
