import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type EvidenceWorld,
  evidenceWorld,
  exampleDetail,
} from '../../../../testing/fakes/evidence-world.ts';
import type { IncidentDetail } from '../../../judge/incident/schema.ts';
import { verifyArchive } from '../check/verify.ts';
import { makeBundle } from './bundle.ts';
import { dataFiles } from './data-files.ts';
import { gather, type ReportMatter, windowsOf } from './matter.ts';
import { reportPage } from './page.ts';

let world: EvidenceWorld;

before(async () => {
  world = await evidenceWorld();
  await world.service.start();
  await world.service.stop();
});
after(() => world.close());

async function matterOf(id: number, detail?: IncidentDetail): Promise<ReportMatter> {
  if (detail) world.incidents.set(id, detail);
  return gather(world.context, world.service.box, id);
}

test('the page says what happened, whose fault it was, what answered, and how to check it', async () => {
  const page = reportPage(await matterOf(12));
  for (const text of [
    'The line to the provider was down for 1 min 35 s',
    'The line from the home to the provider</strong>, 97 % certain',
    'The router answered all 31 times.',
    'Not excluded: The network of the provider.',
    'The first packet was lost.',
    'silence from there on',
    'Video calls would have failed once',
    world.service.box.key.fingerprint,
    'openssl pkeyutl -verify',
  ])
    assert.ok(page.includes(text), text);
  assert.equal(page.includes('Router (Router)'), false, 'no lane says its name twice');
  assert.match(
    page,
    /<td>Provider<\/td><td>Provider<\/td><td>198\.51\.100\.1<\/td>.*<span class="lost">31<\/span>/,
  );
});

test('the page needs nothing from anywhere and runs nothing', async () => {
  const page = reportPage(await matterOf(12));
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|javascript:|\son\w+=/i);
  assert.match(page, /default-src 'none'; style-src 'unsafe-inline'/);
});

test('text from outside is text: host names, reverse names, notes, facts, titles', async () => {
  const hostile = '"><script>alert(1)</script>';
  const detail = exampleDetail({ id: 66, title: hostile, text: hostile, line: 'main' });
  const [outage] = detail.outages;
  const hop = detail.traces.before[0]?.hops[1];
  assert.ok(outage && hop);
  hop.name = hostile;
  outage.text = hostile;
  outage.evidence.because.push(hostile);
  outage.evidence.facts.push({ name: hostile, value: hostile });
  for (const node of outage.evidence.nodes) node.name = hostile;
  detail.notes.push({ id: 2, at: detail.incident.startedAt, text: hostile });
  detail.timeline.push({ at: detail.incident.startedAt, kind: 'note', text: hostile });
  const matter = await matterOf(66, detail);
  const page = reportPage({
    ...matter,
    site: hostile,
    targets: matter.targets.map((target) => ({ ...target, name: hostile })),
  });
  assert.equal(page.includes('<script'), false);
  assert.ok(page.split('&lt;script&gt;').length > 10);
});

test('a formula in a host name stays a text in every table', async () => {
  const formula = '=HYPERLINK("http://x")';
  const detail = exampleDetail({ id: 67 });
  const [outage] = detail.outages;
  const hop = detail.traces.before[0]?.hops[1];
  const [name] = detail.names;
  assert.ok(outage && hop && name);
  hop.name = formula;
  name.answers.push(formula);
  for (const node of outage.evidence.nodes) node.name = formula;
  detail.timeline.push({ at: detail.incident.startedAt, kind: 'note', text: formula });
  const files = await dataFiles(await matterOf(67, detail));
  const tables = files.filter((file) => file.name.endsWith('.csv'));
  assert.equal(tables.length, 7);
  for (const { name, text } of tables) assert.doesNotMatch(text, /(^|[,\n]"?)=/, name);
  assert.equal(tables.filter(({ text }) => text.includes("'=HYPERLINK")).length, 4);
});

test('an incident that is open says that it is preliminary, up to now, and not in the chain', async () => {
  const detail = exampleDetail({ id: 30, endedAt: null });
  const [outage] = detail.outages;
  assert.ok(outage);
  outage.endedAt = null;
  detail.captures = [];
  const matter = await matterOf(30, detail);
  assert.equal(matter.link, null);
  assert.equal(matter.record.nonce, undefined);
  const page = reportPage(matter);
  assert.match(page, /Preliminary: the incident is still open/);
  assert.match(page, /still going on \(local time/);
  assert.match(page, /not in the chain yet/);
  assert.match(page, /Each dot is the median of \d+ s/);
});

test('an incident that is another one than the chain speaks of is preliminary again', async () => {
  const changed = exampleDetail({ verdict: 'isp' });
  const matter = await matterOf(12, changed);
  assert.equal(matter.link, null);
  assert.equal(matter.record.incident.verdict, 'isp');
  const noted = await matterOf(12, exampleDetail({ isAcknowledged: true, tags: ['seen'] }));
  assert.equal(noted.link?.seq, 2, 'what people add to it does not make it another one');
  world.incidents.set(12, exampleDetail());
});

test('a demonstration says so, and so does a box without the time', async () => {
  const matter = await matterOf(12);
  assert.match(reportPage({ ...matter, isDemo: true }), /was simulated. It is no evidence/);
  assert.doesNotMatch(reportPage(matter), /simulated|time of day/);
  assert.match(reportPage({ ...matter, isClockKnown: false }), /did not know the time of day/);
});

test('what is gone since the incident was entered, and what came after it, is said and kept apart', async () => {
  const changed = { ...exampleDetail(), captures: [] };
  const [after] = changed.traces.after;
  assert.ok(after);
  changed.traces.after.push({ ...after, id: 99 });
  const matter = await matterOf(12, changed);
  const files = new Map((await dataFiles(matter)).map(({ name, text }) => [name, text]));
  assert.equal(files.get('data/captures.json'), '[]');
  assert.equal(JSON.parse(files.get('data/traces.json') ?? '').length, 3);
  const [later, ...more] = JSON.parse(files.get('data/traces.later.json') ?? '');
  assert.deepEqual([later.id, more], [99, []]);
  const page = reportPage(matter);
  assert.match(page, /1 of what was recorded when .* are not in data\/captures\.json: no longer kept/);
  assert.match(page, /data\/traces\.later\.json holds what came after/);
  const bundle = await makeBundle(matter, world.service.box.key);
  assert.deepEqual((await verifyArchive(bundle)).problems, []);
  world.incidents.set(12, exampleDetail());
});

test('a period says its day once, and twice where it crosses midnight', async () => {
  assert.match(reportPage(await matterOf(12)), /22 Nov 2026, 10:30:03 to 10:31:38 \(local time/);
  const detail = exampleDetail({ id: 31, endedAt: '2026-11-23T00:00:01.000Z' });
  assert.match(reportPage(await matterOf(31, detail)), /22 Nov 2026, 10:30:03 to 23 Nov 2026, 00:00:01/);
});

test('an incident that nobody knows is an error that names it', async () => {
  await assert.rejects(matterOf(999), { code: 'INCIDENT_UNKNOWN', status: 404, message: /incident 999/ });
});

test('points are asked for around each outage, and those that touch share a window', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const span = (from: number, to: number | null) => ({
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
  });
  const windows = (spans: { startedAt: string; endedAt: string | null }[], nowMinute = 600) =>
    windowsOf(
      { outages: spans, incident: span(0, 1) } as unknown as Parameters<typeof windowsOf>[0], // their times alone matter
      Date.parse(at(nowMinute)),
    ).map(({ fromMs, toMs }) =>
      [fromMs / 60_000, toMs / 60_000].map((minute) => minute - Date.parse(at(0)) / 60_000),
    );
  assert.deepEqual(windows([span(10, 11), span(60, 61)]), [
    [8, 13],
    [58, 63],
  ]);
  assert.deepEqual(windows([span(13, 20), span(10, 11)]), [[8, 22]]);
  assert.deepEqual(windows([span(10, null)], 15), [[8, 15]]);
  assert.deepEqual(windows([]), [[-2, 3]]);
});

test('single exchanges and points are in the tables, one line each', async () => {
  const matter = await matterOf(12);
  const files = new Map((await dataFiles(matter)).map(({ name, text }) => [name, text]));
  const exchanges = files.get('data/exchanges.csv')?.trimEnd().split('\n') ?? [];
  const expected = matter.detail.captures
    .flatMap(({ series }) => series)
    .reduce((sum, { rttMs }) => sum + rttMs.length, 0);
  assert.equal(exchanges.length, expected + 1);
  assert.equal(exchanges[1], 'outage-7,2026-11-22T10:29:03.250Z,gateway-ipv4,ok,0.4');
  assert.ok(exchanges.some((line) => /isp-ipv4,lost,$/.test(line)));
  const points = files.get('data/points.csv')?.trimEnd().split('\n') ?? [];
  assert.equal(points.length, 1 + matter.points.reduce((sum, { rows }) => sum + rows.length / 18, 0));
  assert.ok(points.includes('2026-11-22T10:30:30.000Z,1,isp-ipv4,1,1,,,,'));
});
