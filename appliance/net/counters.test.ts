import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCounters, readCounters } from './counters.ts';

const table = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 965472176  492856    0    0    0     0          0         0 965472176  492856    0    0    0     0       0          0
  eth0:1849456343   53668    1    2    0     0          0         0  4823608   44642    3    4    0     0       0          0
 wlan0: 0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`;

describe('parseCounters', () => {
  it('reads bytes, errors and drops of both directions, also when a number touches the name', () => {
    const eth0 = parseCounters(table).find(({ name }) => name === 'eth0');
    assert.deepEqual(eth0, {
      name: 'eth0',
      rxBytes: 1849456343,
      rxErrors: 1,
      rxDropped: 2,
      txBytes: 4823608,
      txErrors: 3,
      txDropped: 4,
    });
    assert.equal(parseCounters(table).length, 3);
  });

  it('leaves out rows that are cut or hold anything but numbers', () => {
    assert.deepEqual(parseCounters('eth0: 1 2 3\n'), []);
    assert.deepEqual(parseCounters(table.replaceAll('0    0', '0  x').replaceAll('1    2', '-1  2')), []);
    fc.assert(fc.property(fc.string(), (text) => parseCounters(text).every(({ rxBytes }) => rxBytes >= 0)));
  });
});

describe('readCounters', () => {
  it('finds the loopback interface of this machine, and nothing where there is no /proc', async () => {
    assert.ok((await readCounters()).some(({ name }) => name === 'lo'));
    assert.deepEqual(await readCounters('/nonexistent'), []);
  });
});
