/** The browser of the end-to-end scripts: Debian's Chromium with a profile of its own that is thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
} from 'playwright-core';

export interface View {
  width: number;
  height: number;
  theme?: 'light' | 'dark';
  scale?: number;
  isPhone?: boolean;
}

export const phone: View = { width: 390, height: 844, scale: 2, isPhone: true };
export const desktop: View = { width: 1440, height: 900 };

export const launchOptions = {
  executablePath: process.env.IST_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-domain-reliability',
    '--disable-features=OptimizationHints,MediaRouter,Translate',
  ],
} satisfies LaunchOptions;

export function contextOptions({ width, height, theme, scale, isPhone }: View): BrowserContextOptions {
  return {
    viewport: { width, height },
    deviceScaleFactor: scale ?? 1,
    hasTouch: isPhone ?? false,
    isMobile: isPhone ?? false,
    colorScheme: theme ?? 'light',
    reducedMotion: 'reduce',
  };
}

/** Opens a browser with one context; close it with the returned function. */
export async function openBrowser(
  view: View,
): Promise<{ context: BrowserContext; close: () => Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'ist-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    ...contextOptions(view),
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
