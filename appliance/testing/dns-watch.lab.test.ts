/** What the service says of its name server while that one fails in every way the lab knows. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import type {
  NameAnswer,
  NameAnswerList,
  NameServerList,
  NameServerState,
} from '../features/watch/dns/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, type RunningService, startService } from './lab/service.ts';
import { hosts } from './lab/topology.ts';

const skip = Lab.unavailable() ?? false;
const router = hosts.home.ipv4;
const withinMs = 5000;
/** Silence is known after the timeout (4 s) of the question that was sent next, within two seconds at most. */
const silenceWithinMs = 7000;
const config = {
  // The lab's name server answers pings as well: while the router fails it serves to compare.
  targets: [...anchorTargets, { name: 'dns', host: hosts.dns.ipv4 }],
  dns: { intervalMs: 1000 },
};

async function stateOf(service: RunningService, id: string = router): Promise<NameServerState> {
  const { servers } = await service.get<NameServerList>('/api/dns/servers');
  const found = servers.find((server) => server.id === id);
  assert.ok(found, `${id} is watched`);
  return found;
}

/** Everything `names.changed` said of the router, as it comes over the stream. */
function follow(service: RunningService, signal: AbortSignal): NameAnswer[] {
  const changes: NameAnswer[] = [];
  const read = async () => {
    for await (const { event, data } of service.client.stream('/api/live', signal)) {
      if (event !== 'names.changed') continue;
      const answer = data as NameAnswer; // what this event carries
      if (answer.server === router) changes.push(answer);
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return changes;
}

test('every way in which names can fail is told apart within seconds', {
  skip,
  timeout: 120_000,
}, async (t) => {
  await using lab = await Lab.up({ seed: 41 });
  await using service = await startService(lab, { config });
  const ending = new AbortController();
  t.after(() => ending.abort());
  const changes = follow(service, ending.signal);
  const mode = (text: string) => writeFile(join(lab.folder, 'dns.mode'), `${text}\n`);
  const well = await service.until('the names are learned', 20_000, async () => {
    const state = await stateOf(service);
    return state.count >= 10 ? state : null;
  });
  assert.deepEqual([well.role, well.last?.outcome, well.failed], ['router', 'answer', 0]);

  /** How long until the router's newest answer is as expected; the same outcome must be told as a change where it is one. */
  const expect = async (text: string, isSeen: (last: NameAnswer) => boolean, limitMs = withinMs) => {
    const startedMs = systemClock.monoMs();
    await mode(text);
    const last = await service.until(`${text} is seen`, 15_000, async () => {
      const { last } = await stateOf(service);
      return last !== null && isSeen(last) ? last : null;
    });
    const tookMs = systemClock.monoMs() - startedMs;
    t.diagnostic(`${text}: ${last.outcome} ${last.rttMs ?? '–'} ms, after ${tookMs.toFixed(0)} ms`);
    assert.ok(tookMs <= limitMs, `${text} took ${tookMs.toFixed(0)} ms`);
    return last;
  };
  const isOutcome = (outcome: NameAnswer['outcome']) => (last: NameAnswer) => last.outcome === outcome;
  const isChanged = (outcome: NameAnswer['outcome']) =>
    service.until(`the change to ${outcome} is told`, 15_000, async () =>
      changes.at(-1)?.outcome === outcome ? changes.at(-1)! : null,
    );
  const isWellAgain = async () => {
    await expect('ok', ({ outcome, rttMs }) => outcome === 'answer' && rttMs !== null && rttMs < 200);
  };

  await expect('servfail', isOutcome('servfail'));
  await isChanged('servfail');
  // An anchor turns out to be a name server, and says the same: it is not the router.
  await service.until('an anchor is asked too', 10_000, async () => {
    const { servers } = await service.get<NameServerList>('/api/dns/servers');
    const control = servers.find(({ role }) => role === 'control');
    return control?.id === hosts.dns.ipv4 && control.last?.outcome === 'servfail' ? true : null;
  });
  // The owner lists one to compare with, in the middle of it.
  const listed = `tcp://${hosts.dns.ipv4}`;
  await service.client.send('PATCH', '/api/config', { path: 'dns.compare', value: [listed] });
  const { answers: asked } = await service.client.send<NameAnswerList>('POST', '/api/dns/ask', {
    name: 'somewhere.example',
  });
  assert.deepEqual(
    asked.map(({ server, outcome }) => [server, outcome]),
    [
      [router, 'servfail'],
      [listed, 'servfail'],
    ],
  );
  await isWellAgain();
  await isChanged('answer');
  const byTcp = await service.until('it is asked over TCP', 5000, async () => {
    const { last } = await stateOf(service, listed);
    return last?.outcome === 'answer' ? last : null;
  });
  assert.deepEqual([byTcp.role, byTcp.answers.length], ['configured', 1]);

  await expect('nxdomain', isOutcome('nxdomain'));
  await isChanged('nxdomain');
  await isWellAgain();
  await isChanged('answer');

  const toldBefore = changes.length;
  const slow = await expect('slow 800', ({ rttMs }) => rttMs !== null && rttMs > 700);
  assert.equal(slow.outcome, 'answer');
  assert.ok(slow.rttMs !== null && slow.rttMs < 1200, `${slow.rttMs} ms`);
  const slower = await expect('slow 1500', ({ rttMs }) => rttMs !== null && rttMs > 1400);
  assert.equal(slower.outcome, 'answer');
  assert.ok(slower.rttMs !== null && slower.rttMs < 2000, `${slower.rttMs} ms`);
  await isWellAgain();
  assert.equal(changes.length, toldBefore, 'slow is no other outcome');

  const lie = await expect('lie 10.66.66.66', isOutcome('wrong'));
  assert.deepEqual(lie.answers, ['10.66.66.66']);
  assert.match(lie.reason ?? '', /^10\.66\.66\.66 is a private address; .+ had 203\.0\.113\.10 before\.$/);
  await isChanged('wrong');
  await isWellAgain();
  await isChanged('answer');

  await expect('drop', isOutcome('timeout'), silenceWithinMs);
  await isChanged('timeout');
  await isWellAgain();
  await isChanged('answer');

  const outcomes = ['servfail', 'answer', 'nxdomain', 'answer', 'wrong', 'answer', 'timeout', 'answer'];
  assert.deepEqual(
    changes.map(({ outcome }) => outcome),
    outcomes,
  );
  const { answers: kept } = await service.get<NameAnswerList>('/api/dns/answers');
  const ofRouter = kept.filter(({ server, outcome }, index) => {
    const before = kept.slice(0, index).findLast((one) => one.server === server);
    return server === router && before?.outcome !== outcome;
  });
  assert.deepEqual(
    ofRouter.map(({ outcome }) => outcome),
    outcomes,
    'what was told is kept',
  );
});
