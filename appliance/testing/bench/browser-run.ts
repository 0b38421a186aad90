import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { buildWeb, isWebFresh } from '../../../web/build.ts';
import { desktop, openBrowser, type View } from '../../../web/e2e/browser.ts';
import { type RunningService, startServiceHere } from '../lab/service.ts';
import { signInAt } from '../sign-in.ts';
import type { Bench } from './case.ts';
import { places } from './places.ts';

export const distFolder = path.resolve(import.meta.dirname, '../../../web/dist');
export { places };

export async function builtWeb(): Promise<string[]> {
  if (!isWebFresh()) await buildWeb(() => undefined);
  const files = await readdir(distFolder, { recursive: true });
  return files.map((file) => path.join(distFolder, file));
}

export interface BrowserRun {
  page: Page;
  service: RunningService;
  origin: string;
}

/** A service that probes this machine alone, and a browser in front of it. */
export async function withBrowser<Result>(
  bench: Bench,
  view: View,
  use: (run: BrowserRun) => Promise<Result>,
): Promise<Result> {
  await bench.need('chromium', 'chromium');
  await builtWeb();
  const port = 18_080 + Math.floor((process.pid % 1000) * 1.5);
  const config = {
    http: { host: '127.0.0.1', port },
    targets: [{ name: 'Here', host: '127.0.0.1' }],
    lines: [{ name: 'main', gateway: '127.0.0.1', ispHop: '127.0.0.1', ipv6: 'off' }],
    dns: { resolvers: [] },
  };
  await using service = await startServiceHere(path.join(bench.cacheFolder, `web-${process.pid}`), {
    config,
  });
  const origin = `http://127.0.0.1:${port}`;
  const session = await signInAt(service.client, origin);
  const { context, close } = await openBrowser(view);
  try {
    await context.addCookies([{ ...session, url: origin, httpOnly: true, sameSite: 'Strict' }]);
    const page = context.pages()[0] ?? (await context.newPage());
    return await use({ page, service, origin });
  } finally {
    await close();
  }
}

export { desktop };

/** The scripts that index.html loads before anything can be shown: its own and what they import statically. */
export async function firstPageScripts(): Promise<string[]> {
  const html = await readFile(path.join(distFolder, 'index.html'), 'utf8');
  const entries = [...html.matchAll(/(?:src|href)="\/?([^"]+\.js)"/g)].map((match) => match[1] ?? '');
  return [...new Set(entries)].map((file) => path.join(distFolder, file));
}
