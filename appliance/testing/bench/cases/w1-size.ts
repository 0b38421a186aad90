import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { builtWeb, desktop, withBrowser } from '../browser-run.ts';
import { type BenchCase, count } from '../case.ts';

const kb = (bytes: number) => count(bytes / 1024, 'KB');

export const size: BenchCase = {
  id: 'W1',
  title: 'JavaScript for the first page, and all of it, compressed',
  async run(bench) {
    const scripts = (await builtWeb()).filter((file) => file.endsWith('.js'));
    const sizes = await Promise.all(
      scripts.map(async (file) => gzipSync(await readFile(file), { level: 9 }).length),
    );
    const whole = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const first = await withBrowser(bench, desktop, async ({ page, origin }) => {
      const files = new Set<string>();
      page.on('response', (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.endsWith('.js')) files.add(pathname);
      });
      await page.goto(`${origin}/`, { waitUntil: 'load' });
      await page.locator('ist-live-chart').first().waitFor({ timeout: 15_000 });
      let bytes = 0;
      for (const file of files) {
        const at = scripts.findIndex((script) => script.endsWith(file));
        bytes += sizes[at] ?? 0;
      }
      return { bytes, files: files.size };
    });
    return [
      {
        what: 'first page',
        ours: kb(first.bytes),
        peer: null,
        target: '≤ 60 KB',
        isMet: first.bytes <= 60 * 1024 && first.files > 0,
        note: `gzip -9 of the ${first.files} scripts a browser really loads; over the wire they are Brotli, which is smaller`,
      },
      { what: 'whole app', ours: kb(whole), peer: null, target: '≤ 250 KB', isMet: whole <= 250 * 1024 },
    ];
  },
};
