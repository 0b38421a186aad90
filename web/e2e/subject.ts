/** What the end-to-end tests look at: a real appliance when IST_URL names one, else the replay server. */
import type { BrowserContext, Page } from 'playwright-core';
import type { Visitor } from './replay-door.ts';
import type { Scenario } from './replay-model.ts';
import { type Replay, startReplay } from './replay-server.ts';

export const realUrl = process.env.IST_URL?.replace(/\/$/, '') ?? null;
export const isReal = realUrl !== null;

export async function subject(
  scenario: Scenario,
  visitor: Visitor = 'owner',
): Promise<{ url: string; replay: Replay | null; close(): Promise<void> }> {
  if (realUrl) return { url: realUrl, replay: null, close: async () => undefined };
  const replay = await startReplay(scenario, { visitor });
  return { url: replay.url, replay, close: () => replay.close() };
}

/** A page that keeps what the browser complained about. */
export async function openPage(
  context: BrowserContext,
  url: string,
): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Now is useful when the sentence, a number and the drawn chart are there. Resolves with the moment, after navigation. */
export async function nowIsUseful(page: Page): Promise<number> {
  const moment = await page.waitForFunction(() => {
    const now = document.querySelector('ist-app')?.shadowRoot?.querySelector('ist-now')?.shadowRoot;
    const chart = now?.querySelector('ist-live-chart')?.shadowRoot;
    const isUseful =
      now?.querySelector('h1 span')?.textContent &&
      chart?.querySelector('canvas') &&
      /\d/.test(chart.querySelector('.chip b')?.textContent ?? '');
    return isUseful ? performance.now() : 0; // asked for at every frame
  });
  return moment.jsonValue();
}

/** Latency is useful when its curve is drawn and its numbers are there. */
export async function latencyIsUseful(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const latency = document.querySelector('ist-app')?.shadowRoot?.querySelector('ist-latency')?.shadowRoot;
    const chart = latency?.querySelector('ist-smoke-chart');
    const numbers = latency?.querySelector('ist-statistics')?.shadowRoot?.querySelector('dd, td');
    return Boolean(
      chart?.shadowRoot?.querySelector('canvas') &&
        !chart.hasAttribute('data-loading') &&
        numbers?.textContent !== '…',
    );
  });
}
