/** Which of two hops holds the other back, and by how much. Plain functions. */
import type { SpeedTest } from '../../../../appliance/features/watch/speedtest/schema.ts';
import { rate } from '../speed-format.ts';
import { wifiWords } from '../words/wifi.ts';
import type { WifiResult } from './measure.ts';

const words = wifiWords.verdict;

export type Slower = 'wifi' | 'internet' | 'same' | 'unknown';

export interface HopVerdict {
  slower: Slower;
  text: string;
}

/** Two tests of one and the same way differ by this much for no reason. */
const sameRatio = 0.15;

interface Way {
  name: string;
  wifi: number;
  internet: number;
}

/** Of both directions, the one in which the hops differ most speaks first. */
export function verdictOf(wifi: WifiResult | null, internet: SpeedTest | null): HopVerdict {
  if (!wifi) return { slower: 'unknown', text: words.notYet };
  if (!internet) return { slower: 'unknown', text: words.noInternet };
  const ways = [
    way(words.down, wifi.downMbps, internet.downloadMbps),
    way(words.up, wifi.upMbps, internet.uploadMbps),
  ].flatMap((one) => one ?? []);
  if (ways.length === 0) return { slower: 'unknown', text: words.noNumbers };
  const judged = ways
    .map((one) => ({ ...one, slower: slowerOf(one) }))
    .sort((a, b) => Number(b.slower === 'wifi') - Number(a.slower === 'wifi'));
  const first = judged[0];
  if (!first) return { slower: 'unknown', text: words.noNumbers };
  return { slower: first.slower, text: sentenceOf(judged, wifi.isStrained) };
}

function way(name: string, wifi: number | null, internet: number | null): Way | null {
  return wifi === null || internet === null ? null : { name, wifi, internet };
}

function slowerOf({ wifi, internet }: Way): 'wifi' | 'internet' | 'same' {
  if (wifi < internet * (1 - sameRatio)) return 'wifi';
  return wifi > internet * (1 + sameRatio) ? 'internet' : 'same';
}

function sentenceOf(ways: readonly (Way & { slower: Slower })[], isStrained: boolean): string {
  const held = ways.filter((one) => one.slower === 'wifi');
  if (held.length > 0) {
    const parts = held.map((one) => words.held(one.name, rate(one.wifi), rate(one.internet), percent(one)));
    return [words.wifi(parts.join('; ')), ...(isStrained ? [words.perhapsDevice] : [])].join(' ');
  }
  if (ways.every((one) => one.slower === 'same')) return words.same;
  const parts = ways
    .filter((one) => one.slower === 'internet')
    .map((one) => words.carries(one.name, times(one.wifi / one.internet)));
  return words.internet(parts.join('; '));
}

/** What of the Internet does not arrive. */
function percent({ wifi, internet }: Way): string {
  return `${Math.round((1 - wifi / internet) * 100)}\u00a0%`;
}

function times(ratio: number): string {
  return ratio >= 9.5 ? Math.round(ratio).toString() : ratio.toFixed(1);
}
