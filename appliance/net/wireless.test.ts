import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseWireless, readWireless } from './wireless.ts';

const head = `Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
`;

describe('parseWireless', () => {
  it('reads signal and quality', () => {
    assert.deepEqual(
      parseWireless(`${head} wlan0: 0000   57.  -53.  -256        0      0      0      3    118        0\n`),
      [{ interfaceName: 'wlan0', signalDbm: -53, linkQuality: 57 }],
    );
  });

  it('has no signal where the driver gives none, or in a unit of its own', () => {
    const levels = ['-256', '0', '180', '-256.'].map(
      (level) => parseWireless(`${head}wlan0: 0000   0.  ${level}  -256 0 0 0 0 0 0`)[0]?.signalDbm,
    );
    assert.deepEqual(levels, [null, null, null, null]);
  });

  it('takes the headings for what they are and leaves out damaged rows', () => {
    assert.deepEqual(parseWireless(head), []);
    assert.deepEqual(parseWireless(`${head}wlan0: 0000 57.\nwlan1: zz 5 5 5`), []);
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseWireless(text))));
  });

  it('is empty on a machine without the table', async () => {
    assert.deepEqual(await readWireless('/nonexistent'), []);
  });
});
