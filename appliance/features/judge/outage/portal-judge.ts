/** The record of a captive portal: pings are answered, pages are answered by somebody else. */
import type { PageEvidence } from './evidence.ts';
import { type RecordDesk, sortFamilies } from './record-desk.ts';
import type { OutageRecord } from './records.ts';

/** Portals are believed at the second page. */
const portalPages = 2;
const confidence = 0.9;

export class PortalJudge {
  readonly #desk: RecordDesk;
  /** Newest answer of each page that somebody else gave; as many as pages are configured. */
  readonly #portals = new Map<string, PageEvidence>();
  #record: OutageRecord | null = null;

  constructor(desk: RecordDesk) {
    this.#desk = desk;
  }

  get record(): OutageRecord | null {
    return this.#record;
  }

  /** `isSilent`: the page's family is silent, which says more than its pages. */
  take(page: PageEvidence, isSilent: boolean): void {
    if (page.outcome === 'portal') this.#portals.set(page.url, page);
    else if (page.outcome === 'ok') this.#portals.clear();
    else return;
    if (isSilent) return;
    const record = this.#record;
    if (!record) this.#begin(page);
    else if (page.outcome === 'portal') record.lastMs = page.sentMs;
    else {
      this.#desk.finish(record, record.lastMs);
      this.#record = null;
    }
  }

  #begin({ sentMs, atMs, portal }: PageEvidence): void {
    const found = [...this.#portals.values()];
    if (found.length < portalPages) return;
    const record = this.#desk.open(
      {
        families: sortFamilies(found.map(({ family }) => family)),
        startMs: Math.min(...found.map((page) => page.sentMs)),
        lastMs: sentMs,
        kind: 'outage',
        symptom: 'portal',
        rule: 'portal/pages-answered-by-somebody-else',
        target: null,
      },
      atMs,
    );
    this.#record = record;
    this.#desk.decide(record, atMs, {
      candidates: ['captive-portal'],
      confidence,
      segment: 'access',
      cause: portal,
    });
  }

  interrupt(atMs: number, endedBy: OutageRecord['endedBy']): void {
    if (this.#record) this.#desk.interrupt(this.#record, atMs, endedBy);
    this.#record = null;
    this.#portals.clear();
  }
}
