/** For files of tests: one browser a file, and for every test a context of its own, which knows nothing of the others. */
import { after } from 'node:test';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { contextOptions, launchOptions, type View } from './browser.ts';

let launched: Promise<Browser> | null = null;

after(async () => {
  await (await launched)?.close();
});

/** Opens a context; close it with the returned function. */
export async function openBrowser(
  view: View,
): Promise<{ context: BrowserContext; close: () => Promise<void> }> {
  launched ??= chromium.launch(launchOptions);
  const context = await (await launched).newContext(contextOptions(view));
  return { context, close: () => context.close() };
}
