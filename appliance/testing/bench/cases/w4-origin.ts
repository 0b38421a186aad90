import { setTimeout as delay } from 'node:timers/promises';
import { desktop, places, withBrowser } from '../browser-run.ts';
import { type BenchCase, count } from '../case.ts';

export const origin: BenchCase = {
  id: 'W4',
  title: 'no request leaves the appliance’s origin',
  async run(bench) {
    const result = await withBrowser(bench, desktop, async ({ page, origin: own }) => {
      const foreign: string[] = [];
      let requests = 0;
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol === 'data:' || url.protocol === 'blob:') return;
        requests += 1;
        if (url.origin !== own) foreign.push(url.origin);
      });
      for (const place of await places()) {
        await page.goto(`${own}${place}`, { waitUntil: 'load' });
        await delay(3000); // what a page fetches by and by
      }
      return { foreign, requests };
    });
    return [
      {
        what: 'requests to elsewhere',
        ours: count(result.foreign.length),
        peer: null,
        target: '0',
        isMet: result.foreign.length === 0 && result.requests > 0,
        note: `${result.requests} requests seen${result.foreign.length > 0 ? `; ${[...new Set(result.foreign)].join(', ')}` : ''}`,
      },
    ];
  },
};
