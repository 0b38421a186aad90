/** A line that comes and goes, and a box that loses power meanwhile: one incident, with everything known of it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Incident, IncidentDetail, IncidentList } from '../features/judge/incident/schema.ts';
import type { TargetList } from '../features/watch/latency/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';

const skip = Lab.unavailable() ?? false;
const config = { targets: anchorTargets };
const outMs = 8000;
/** Longer than the rarest target's interval, so that the box's own absence is a gap. */
const powerlessMs = 12_000;
let lab: Lab;

before(async () => {
  if (!skip) lab = await Lab.up({ seed: 83 });
});
after(async () => {
  if (!skip) await lab.down();
});

/** All incidents, once `isReached` of them. */
function incidentsWhen(service: RunningService, what: string, isReached: (list: Incident[]) => boolean) {
  return service.until(what, 30_000, async () => {
    const { incidents } = await service.get<IncidentList>('/api/incidents');
    return isReached(incidents) ? incidents : null;
  });
}

test('interruptions, a power cut and its end are one incident', { skip, timeout: 4 * 60_000 }, async (t) => {
  const dataFolder = path.join(lab.folder, 'data-incident');
  const first = await startService(lab, { dataFolder, config });
  await first.until('the path is known', 90_000, async () => {
    const { targets } = await first.get<TargetList>('/api/targets');
    return targets.some(({ segment }) => segment === 'isp') ? true : null;
  });
  await delay(10_000);
  for (let count = 1; count <= 2; count += 1) {
    await lab.fault('isp');
    await delay(outMs);
    await lab.clear();
    const [incident] = await incidentsWhen(
      first,
      `interruption ${count} is over`,
      ([newest]) => newest?.outages.length === count && newest.endedAt !== null,
    );
    t.diagnostic(incident?.title ?? '');
  }

  await lab.fault('isp');
  await delay(outMs);
  await incidentsWhen(first, 'the third has begun', ([newest]) => newest?.outages.length === 3);
  await first.kill();
  await delay(powerlessMs);
  await using second = await startService(lab, { dataFolder, config });
  const cut = await incidentsWhen(
    second,
    'it is down when the box is back',
    ([newest]) => newest?.outages.length === 4,
  );
  assert.equal(cut.length, 1, JSON.stringify(cut));
  await delay(outMs);
  await lab.clear();
  const [incident, ...others] = await incidentsWhen(second, 'the end', ([newest]) => newest?.endedAt != null);
  assert.ok(incident);
  assert.deepEqual(others, []);
  assert.match(incident.title, /^Unstable line: 3 interruptions in /);
  assert.match(incident.text, /Nothing was measured from /);
  assert.ok(['access', 'unclear'].includes(incident.verdict), incident.text);

  const detail = await second.get<IncidentDetail>(`/api/incidents/${incident.id}`);
  assert.deepEqual([detail.outages.length, detail.gaps.length], [4, 1]);
  const kinds = detail.timeline.map(({ kind }) => kind);
  for (const kind of ['first-loss', 'noticed', 'verdict', 'recovered', 'gap'])
    assert.ok(kinds.includes(kind), kind);
  assert.ok(detail.traces.before.length > 0 && detail.traces.during.length > 0);
  const web = detail.impacts.find(({ activity }) => activity === 'web');
  // Three interruptions and the one that the box missed the middle of; seconds are whole ones.
  t.diagnostic(`${incident.title}. ${web?.text}`);
  assert.ok(
    web && web.seconds >= (4 * outMs) / 1000 - 8 && web.seconds <= incident.downSeconds + 4,
    JSON.stringify(web),
  );
});
