import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slot } from '../../../core/storing.ts';
import { chronicleOf, isBackground } from './chronicle.ts';
import { type HappeningKind, planYear } from './happenings.ts';
import { LineModel, type ModelTarget } from './line-model.ts';

const nowMs = Date.UTC(2026, 10, 22, 11, 20);
const hourMs = 3_600_000;
const plan = planYear(7, nowMs, 365);
const model = new LineModel(7, plan, 'Europe/Berlin');

const target = (
  segment: ModelTarget['segment'],
  address: string,
  extra: Partial<ModelTarget> = {},
): ModelTarget => ({
  segment,
  address,
  family: 'ipv4',
  kind: 'icmp',
  ...extra,
});
const gateway = target('gateway', '192.168.178.1');
const isp = target('isp', '203.0.113.1');
const anchor = target('anchor', '1.1.1.1');
const anchor6 = target('anchor', '2606:4700:4700::1111', { family: 'ipv6' });
const resolver = target('resolver', '203.0.113.53');
const names = target('resolver', '203.0.113.53', { kind: 'dns' });
const control = target('anchor', '9.9.9.9', { kind: 'dns' });
const transit = target('transit', '203.0.113.97');
const device = target('lan', '192.168.178.30');

function quantiles(values: Float64Array): { lossRatio: number; p50Ms: number; p95Ms: number; p99Ms: number } {
  const times = values.filter((value) => value >= 0).sort();
  const at = (share: number) => (times[Math.floor(share * times.length)] ?? Number.NaN) / 1000;
  return { lossRatio: 1 - times.length / values.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** The middle of the newest happening of a kind that is over. */
function during(kind: HappeningKind): number {
  const found = plan.happenings.filter((one) => one.kind === kind && one.endedAtMs <= nowMs).at(-1);
  assert.ok(found, kind);
  return found.startedAtMs + (found.endedAtMs - found.startedAtMs) * 0.3;
}

test('the same seed and moment give the same line, in whatever order it is asked', () => {
  const again = new LineModel(7, planYear(7, nowMs, 365), 'Europe/Berlin');
  const fromMs = nowMs - 30 * hourMs;
  const forwards = model.samples(anchor, fromMs, 1000, 200);
  for (let index = 199; index >= 0; index -= 1) {
    assert.equal(again.sample(anchor, fromMs + index * 1000), forwards[index]);
  }
  const other = new LineModel(8, planYear(8, nowMs, 365), 'Europe/Berlin');
  assert.notDeepEqual(other.samples(anchor, fromMs, 1000, 200), forwards);
});

test('evenings are slower than nights and tails are long', () => {
  const dayMs = Date.UTC(2026, 1, 20);
  const night = quantiles(model.samples(anchor, dayMs + 2 * hourMs, 1000, 3600));
  const evening = quantiles(model.samples(anchor, dayMs + 19.2 * hourMs, 1000, 3600));
  assert.ok(evening.p50Ms > night.p50Ms + 1.5, `${evening.p50Ms} against ${night.p50Ms} ms`);
  assert.ok(
    evening.p99Ms - evening.p50Ms > 1.5 * (evening.p95Ms - evening.p50Ms),
    'far out is thin, not empty',
  );
  assert.ok(night.lossRatio < 0.01 && evening.lossRatio < 0.03);
});

test('the new provider is faster', () => {
  const [before, after] = [-3, 3].map((days) =>
    quantiles(model.samples(isp, plan.providerChangedAtMs + days * 24 * hourMs, 1000, 3600)),
  );
  assert.ok((before?.p50Ms ?? 0) > 17 && (before?.p50Ms ?? 0) < 30);
  assert.ok((after?.p50Ms ?? 0) > 5.5 && (after?.p50Ms ?? 0) < 12);
});

test('every kind of outage silences what it must and nothing else', () => {
  const isSilent = (one: ModelTarget, atMs: number) => {
    const values = model.samples(one, atMs, 100, 20);
    return values.filter((value) => value < 0).length >= 18;
  };
  const all = [device, gateway, isp, transit, resolver, names, control, anchor, anchor6];
  const expected: Partial<Record<HappeningKind, ModelTarget[]>> = {
    access: [isp, transit, resolver, names, control, anchor, anchor6],
    router: all.slice(1),
    upstream: [transit, control, anchor, anchor6],
    names: [names],
    ipv6: [anchor6],
    power: all,
    noise: [],
    bufferbloat: [],
    wifi: [],
  };
  for (const [kind, silent] of Object.entries(expected)) {
    const atMs = during(kind as HappeningKind); // the keys above
    assert.deepEqual(
      all.filter((one) => isSilent(one, atMs)),
      silent,
      kind,
    );
  }
  const quad9 = target('anchor', '9.9.9.9');
  assert.ok(isSilent(quad9, during('service')) && !isSilent(anchor, during('service')));
});

test('a power cut is not measured, it is not loss', () => {
  const values = model.samples(anchor, during('power'), 1000, 60);
  assert.ok(values.every((value) => value === slot.skipped));
});

test('a full queue delays everything behind the router and hardly the router', () => {
  const atMs = Date.UTC(2026, 10, 20, 19, 20);
  assert.deepEqual(
    model.happeningsAt(atMs).map(({ kind }) => kind),
    ['bufferbloat'],
  );
  assert.ok(quantiles(model.samples(anchor, atMs, 1000, 600)).p50Ms > 80);
  assert.ok(quantiles(model.samples(gateway, atMs, 1000, 600)).p50Ms < 1);
});

test('a bad Wi-Fi shows at the own router already', () => {
  const wifi = quantiles(model.samples(gateway, during('wifi'), 1000, 3600));
  const cable = quantiles(model.samples(gateway, nowMs - 9 * 24 * hourMs, 1000, 3600));
  assert.ok(wifi.p95Ms > 5 && wifi.lossRatio > 0.002, JSON.stringify(wifi));
  assert.ok(cable.p95Ms < 1 && cable.lossRatio < 0.001, JSON.stringify(cable));
});

test('the chronicle is in time order, within the year, and leaves outages and gaps to those who judge them', () => {
  const events = chronicleOf(plan, 'main');
  assert.ok(events.every(({ atMs }, index) => atMs >= (events[index - 1]?.atMs ?? 0) && atMs <= nowMs));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['service.started', 'link.changed', 'path.changed', 'path.changed', 'link.changed', 'link.changed'],
  );
  const moved = events.find(({ text }) => text.includes('another provider'));
  assert.ok(moved && moved.atMs > plan.providerChangedAtMs);
  assert.equal(plan.happenings.filter(isBackground).length, 2);
});

test('something happens soon after somebody begins to watch', () => {
  const soon = plan.happenings.filter(
    (one) => one.startedAtMs > nowMs && one.startedAtMs < nowMs + 10 * 60_000,
  );
  assert.deepEqual(
    soon.map(({ kind }) => kind),
    ['noise', 'access', 'bufferbloat'],
  );
});
