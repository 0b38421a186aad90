import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WirelessFacts } from '../core/network.ts';

/** dBm that a receiver can tell; the kernel writes -256 for "not known", and positive numbers are in no unit. */
const signalBounds = { lowest: -120, highest: -1 } as const;

/**
 * /proc/net/wireless: `wlan0: 0000   70.  -38.  -256 …`, behind the name status, quality, level and noise. Quality is
 * on the driver's own scale, mostly 0 to 70.
 */
export function parseWireless(text: string): WirelessFacts[] {
  return text.split('\n').flatMap((row): WirelessFacts[] => {
    const found = /^\s*([^\s:|]{1,15}):\s+[0-9a-f]+\s+(-?\d+)\.?\s+(-?\d+)\.?\s/i.exec(row);
    if (!found) return [];
    const [, interfaceName = '', quality, level] = found;
    const signalDbm = Number(level);
    const linkQuality = Number(quality);
    const hasSignal = signalDbm >= signalBounds.lowest && signalDbm <= signalBounds.highest;
    return [
      {
        interfaceName,
        signalDbm: hasSignal ? signalDbm : null,
        linkQuality: linkQuality >= 0 ? linkQuality : null,
      },
    ];
  });
}

/** Signal of every wireless interface; empty where there is none, or the kernel has no such table. */
export async function readWireless(root = '/'): Promise<WirelessFacts[]> {
  return parseWireless(await readFile(join(root, 'proc/net/wireless'), 'latin1').catch(() => ''));
}
