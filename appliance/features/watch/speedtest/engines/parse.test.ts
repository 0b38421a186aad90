import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseList } from './librespeed.ts';
import { parseLocate } from './mlab.ts';
import { parseOokla } from './ookla.ts';

const urls = (host: string) => ({
  'ws:///ndt/v7/download': `ws://${host}/ndt/v7/download?access_token=a`,
  'wss:///ndt/v7/download': `wss://${host}/ndt/v7/download?access_token=a`,
  'wss:///ndt/v7/upload': `wss://${host}/ndt/v7/upload?access_token=a`,
});

test('servers of M-Lab are taken from its answer, and only its own', () => {
  const host = 'ndt-mlab1-fra01.mlab-oti.measurement-lab.org';
  const body = {
    results: [
      { location: { city: 'Frankfurt', country: 'DE' }, urls: urls(host) },
      { location: 'nowhere', urls: urls('evil.example') },
      { urls: { 'wss:///ndt/v7/download': `wss://${host}/` } },
      { urls: urls('measurement-lab.org.evil.example') },
      null,
    ],
  };
  assert.deepEqual(parseLocate(body), [
    {
      name: 'M-Lab Frankfurt, DE',
      down: `wss://${host}/ndt/v7/download?access_token=a`,
      up: `wss://${host}/ndt/v7/upload?access_token=a`,
    },
  ]);
  for (const wrong of [null, [], {}, { results: 7 }, { results: [[]] }])
    assert.deepEqual(parseLocate(wrong), []);
});

test('servers of LibreSpeed are taken from the list; an address elsewhere is not followed', () => {
  const good = { name: 'A\u202e', server: '//a.example/speed', dlURL: 'garbage.php', ulURL: 'empty.php' };
  assert.deepEqual(
    parseList([
      good,
      { ...good, dlURL: 'http://b.example/garbage.php' },
      { ...good, server: 'ftp://a.example' },
      { ...good, ulURL: 7 },
      'x',
    ]),
    [{ name: 'A', down: 'https://a.example/speed/garbage.php', up: 'https://a.example/speed/empty.php' }],
  );
  assert.deepEqual(parseList({}), []);
});

const result = {
  type: 'result',
  ping: { latency: 9.5 },
  packetLoss: 1,
  isp: 'X',
  download: { bandwidth: 12_500_000, bytes: 150e6, elapsed: 12_000, latency: { iqm: 40 } },
  upload: { bandwidth: 2_500_000, bytes: 30e6, elapsed: 12_000, latency: { iqm: 90 } },
  interface: { internalIp: '192.0.2.7', name: 'eth0' },
  server: { name: 'Provider', location: 'Town', host: 's.example:8080' },
};

test('the answer of the Ookla program is read, in bits and ms', () => {
  assert.deepEqual(parseOokla(`{"type":"log"}\nwords\n${JSON.stringify(result)}\n`), {
    server: 'Provider, Town',
    host: 's.example:8080',
    interfaceName: 'eth0',
    family: 'ipv4',
    downMbps: 100,
    downBytes: 150e6,
    downSeconds: 12,
    loadedDownMs: 40,
    upMbps: 20,
    upBytes: 30e6,
    upSeconds: 12,
    loadedUpMs: 90,
    idleMs: 9.5,
    lossRatio: 0.01,
  });
});

test('half of a test is none', () => {
  for (const change of [{ upload: undefined }, { download: { bandwidth: 0, bytes: 1 } }, { type: 'log' }])
    assert.throws(() => parseOokla(JSON.stringify({ ...result, ...change })), { reason: 'garbage' });
  assert.throws(() => parseOokla(''), { reason: 'garbage' });
});
