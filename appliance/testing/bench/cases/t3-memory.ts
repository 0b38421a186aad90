import { type BenchCase, mb } from '../case.ts';

export const memory: BenchCase = {
  id: 'T3',
  title: 'memory of the whole service, 10 targets at 1 s',
  async run(bench) {
    const run = await bench.longRun();
    const rss = run.rssBytes / 1e6;
    const slope = ((run.rssBytes - run.rssAtStartBytes) / 1e6 / run.seconds) * 86_400;
    return [
      {
        what: `RSS after ${bench.minutes} min`,
        ours: mb(rss),
        peer: null,
        target: '≤ 95 MB',
        isMet: rss <= 95 && bench.minutes >= 10,
        note:
          `peak ${(run.peakRssBytes / 1e6).toFixed(1)} MB; without a model loaded` +
          (bench.minutes >= 10 ? '' : '; the target asks for 10 min, so this counts as not met'),
      },
      {
        what: 'RSS slope',
        ours: { value: slope, unit: 'MB/day' },
        peer: null,
        target: '≤ 1 MB/day',
        isMet: null,
        note: `from ${bench.minutes} min alone, which heap growth before the first full collection dominates; the soak judges it`,
      },
    ];
  },
};
