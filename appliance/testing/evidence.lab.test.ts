/** A report of the running service about a real outage, checked without the service. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { IncidentDetail, IncidentList } from '../features/judge/incident/schema.ts';
import { readZip } from '../features/tell/evidence/check/read-zip.ts';
import { chainText, verifyArchive, verifyChainText } from '../features/tell/evidence/check/verify.ts';
import type { ChainPage, ChainState, VerifyResult } from '../features/tell/evidence/schema.ts';
import { Lab } from './lab/lab.ts';
import { anchorTargets, startService } from './lab/service.ts';

const skip = Lab.unavailable() ?? false;
const config = { targets: anchorTargets, dns: { names: ['www.example.test'] } };

describe('evidence of the running service', { skip }, () => {
  test('an outage is reported with what was measured, and the report verifies', {
    timeout: 4 * 60_000,
  }, async (t) => {
    await using net = await Lab.up({ seed: 5 });
    await using service = await startService(net, { config });
    await delay(15_000);
    await net.fault('upstream');
    await delay(12_000);
    await net.clear();
    const incident = await service.until('the incident ended', 60_000, async () => {
      const { incidents } = await service.get<IncidentList>('/api/incidents');
      return incidents.find(({ kind, endedAt }) => kind === 'outage' && endedAt !== null) ?? null;
    });
    await service.until('the black box has written what it kept', 60_000, async () => {
      const { captures } = await service.get<IncidentDetail>(`/api/incidents/${incident.id}`);
      return captures.length > 0 ? true : null;
    });
    const bytes = await service.client.bytes(`/api/incidents/${incident.id}/report`);
    const checked = await verifyArchive(bytes);
    assert.deepEqual(checked.problems, []);
    assert.equal(checked.manifest?.isPreliminary, true, 'it settles ten minutes later');
    const { files } = await readZip(bytes);
    const textOf = (name: string) => Buffer.from(files.get(name) ?? []).toString();
    assert.match(textOf('data/exchanges.csv'), /,lost,$/m);
    assert.match(textOf('data/points.csv'), /,1,1,,,,$/m);
    assert.match(textOf('report.html'), /<svg/);
    t.diagnostic(`${bytes.length} bytes, ${checked.checked} files and links`);

    const state = await service.get<ChainState>('/api/evidence');
    assert.equal(state.problem, null);
    const verified = await service.client.send<VerifyResult>('POST', '/api/evidence/verify');
    assert.deepEqual([verified.isValid, verified.checked], [true, state.length]);
    const page: ChainPage = JSON.parse(
      Buffer.from(await service.client.bytes('/api/evidence/chain')).toString(),
    );
    assert.equal((await verifyChainText(chainText(page.links))).isValid, true);
  });
});
