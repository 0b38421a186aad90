import type { Page, PageFinding } from './expectation.ts';

interface Suspect {
  host: string;
  atMonoMs: number;
}

/** Tells a portal from one broken server: two pages of different hosts agree, or one is sure by itself. */
export class PortalWatch {
  /** Pages that look like a portal, by URL; bounded by the configuration. */
  readonly #suspects = new Map<string, Suspect>();

  /** Takes what one page says and gives what it means together with the others. `freshMs`: how long a word counts. */
  weigh(page: Page, finding: PageFinding, nowMonoMs: number, freshMs: number): PageFinding {
    if (finding.suspicion === 'none') {
      if (finding.outcome === 'ok' || finding.outcome === 'status') this.#suspects.delete(page.url);
      return finding;
    }
    this.#suspects.set(page.url, { host: page.host, atMonoMs: nowMonoMs });
    const isAgreed = [...this.#suspects.values()].some(
      ({ host, atMonoMs }) => host !== page.host && nowMonoMs - atMonoMs <= freshMs,
    );
    return finding.suspicion === 'sure' || isAgreed ? { ...finding, outcome: 'portal' } : finding;
  }

  /** Forgets pages that are checked no more. */
  keepOnly(urls: ReadonlySet<string>): void {
    for (const url of this.#suspects.keys()) if (!urls.has(url)) this.#suspects.delete(url);
  }
}
