import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { appliance } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { comingMoment, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { ago, failureOf, rateNumber } from '../lib/speed-format.ts';
import { SpeedSummary } from '../lib/speed-summary.ts';
import { speedWords } from '../lib/words/speed.ts';
import { words as common } from '../lib/words.ts';
import './grade-mark.ts';

const words = speedWords.tile;

/** The last speed test and when the next one comes, as one link to the page Speed. */
@customElement('ist-speed-tile')
export class SpeedTile extends LitElement {
  static override styles = [
    baseStyles,
    css`
      a { display: grid; gap: 2px; color: var(--ink); height: 100%; align-content: start; } a:hover { text-decoration: none; background: var(--inset); }
      .name { font-size: var(--text-14); font-weight: 600; } .line { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px var(--space-4); }
      .value { font-size: var(--text-28); font-weight: 600; line-height: 1.2; color: var(--live-ink, var(--ink)); white-space: nowrap; } .value small { font-size: var(--text-14); font-weight: 500; color: var(--ink-2); }
      .beside { font-size: var(--text-14); color: var(--ink-2); display: flex; flex-wrap: wrap; gap: 0 var(--space-3); align-items: baseline; } .go { color: var(--accent); font-weight: 500; } .beside .marker { transform: translateY(1px); }
      .bone { display: inline-block; width: 5em; height: 0.8em; background: var(--inset); border-radius: 4px; }
      @media (max-width: 560px) { a { padding: var(--space-3); } .value { font-size: var(--text-20); } .beside { font-size: var(--text-12); } }
    `,
  ];
  readonly #summary = new SpeedSummary(this);

  protected override render(): TemplateResult {
    return html`<a class="card" href="/speed"><span class="name">${words.heading}</span>${this.#content()}</a>`;
  }

  #content(): TemplateResult {
    const { latest, failure } = this.#summary;
    if (!latest)
      return failure === null
        ? html`<span class="value"><i class="bone"></i></span>`
        : html`<span class="beside">${common.now.partFailed(words.heading, failure)}</span>`;
    const good = latest.find((test) => test.outcome === 'ok');
    const newest = latest[0];
    if (appliance.speed.run)
      return html`<span class="value">${words.running}</span><span class="beside">${speedWords.phase[appliance.speed.run.progress.phase]}</span>`;
    if (!newest)
      return html`<span class="line"><span class="value">${words.never}</span><span class="go">${words.start}</span></span>${this.#next()}`;
    return html`${good ? this.#rates(good) : html`<span class="value">${words.none}</span>${this.#next()}`}
      ${newest.outcome === 'failed' ? html`<span class="beside">${marker('down', 11)}<span>${words.failed} ${ago(Date.parse(newest.at), appliance.nowMs())}: ${failureOf(newest)}</span></span>` : nothing}`;
  }

  #rates(test: SpeedTest): TemplateResult {
    const show = (mbps: number | null) => (mbps === null ? '—' : rateNumber(mbps));
    const atMs = Date.parse(test.at);
    return html`<span class="line"><span class="value">${show(test.downloadMbps)}<small> ↓</small> ${show(test.uploadMbps)}<small> ↑ Mbit/s</small></span>
      ${test.grade === null ? nothing : html`<ist-grade .grade=${test.grade}></ist-grade>`}</span>
      ${this.#next(html`<span title=${time(atMs, 'full')}>${ago(atMs, appliance.nowMs())}</span>`)}`;
  }

  #next(before: TemplateResult | typeof nothing = nothing): TemplateResult | typeof nothing {
    const plan = this.#summary.plan;
    if (!plan) return before;
    const next = plan.lines
      .flatMap((line) => (line.next ? Date.parse(line.next.at) : []))
      .sort((a, b) => a - b)[0];
    const text = next === undefined ? words.noNext : words.next(comingMoment(next, appliance.nowMs()));
    return html`<span class="beside">${before}<span>${text}</span></span>`;
  }
}
