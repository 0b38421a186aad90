/** What the page Speed shows, as it stands in its URL. Plain functions. */
import type { EngineName, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { addressOf, type RangeChoice, type RangeName, readRange, writeRange } from './range.ts';

export const speedRanges: readonly RangeName[] = ['24h', '7d', '30d', '1y', 'all', 'custom'];
export const engines: readonly EngineName[] = ['peer', 'mlab', 'librespeed', 'http', 'cloudflare', 'ookla'];

export interface SpeedView extends RangeChoice {
  line: string | null;
  engine: EngineName | null;
  /** The test whose result is shown; null: the last one. */
  test: string | null;
}

export function readSpeedView(query: URLSearchParams): SpeedView {
  return {
    ...readRange(query, speedRanges, '7d'),
    line: query.get('line'),
    engine: engines.find((engine) => engine === query.get('engine')) ?? null,
    test: query.get('test'),
  };
}

export function writeSpeedView(view: SpeedView): string {
  const query = new URLSearchParams();
  writeRange(query, view);
  if (view.line) query.set('line', view.line);
  if (view.engine) query.set('engine', view.engine);
  if (view.test) query.set('test', view.test);
  return addressOf('/speed', query);
}

export function passes(test: SpeedTest, view: Pick<SpeedView, 'line' | 'engine'>): boolean {
  return (
    (view.line === null || test.line === view.line) && (view.engine === null || test.engine === view.engine)
  );
}
