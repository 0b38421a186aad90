import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Uptime } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, moment, roughly, share, time, uptimeShare } from '../lib/format.ts';
import { words } from '../lib/words.ts';

/** Uptime with what was not observed beside it, and the last outage. */
@customElement('ist-uptime-tiles')
export class UptimeTiles extends LitElement {
  static override styles = [
    baseStyles,
    css`
      ul { height: 100%; display: grid; gap: var(--space-3); grid-template-columns: 1fr 1fr; }
      a { display: grid; grid-template-columns: auto 1fr; align-items: baseline; gap: 2px var(--space-4); color: var(--ink); height: 100%; }
      a:hover { text-decoration: none; background: var(--inset); }
      .name { grid-column: 1 / -1; font-size: var(--text-14); font-weight: 600; }
      .value { font-size: var(--text-28); font-weight: 600; line-height: 1.2; color: var(--live-ink, var(--ink)); white-space: nowrap; }
      .bone { display: inline-block; width: 4em; height: 0.8em; background: var(--inset); border-radius: 4px; }
      .beside { font-size: var(--text-14); color: var(--ink-2); }
      .beside span { display: inline-block; margin-right: var(--space-3); }
      @media (max-width: 560px) { ul { gap: var(--space-2); } a { grid-template-columns: 1fr; padding: var(--space-3); } .value { font-size: var(--text-20); } .beside { font-size: var(--text-12); } .beside span { display: block; } }
    `,
  ];

  @property({ attribute: false }) uptime: Uptime | null = null;
  @property({ type: Number }) days = 30;
  @property({ attribute: false }) last: Incident | null = null;
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    return html`<ul><li>${this.#uptime()}</li><li>${this.#last()}</li></ul>`;
  }

  #uptime(): TemplateResult {
    const { uptime } = this;
    return html`<a class="card" href="/outages?range=${this.days}d"><span class="name">${words.now.uptime(this.days)}</span>
      <span class="value">${uptime ? uptimeShare(uptime.ratio) : html`<i class="bone"></i>`}</span>
      <span class="beside">${uptime ? this.#beside(uptime) : ''}</span></a>`;
  }

  #beside(uptime: Uptime): TemplateResult {
    if (uptime.ratio === null) return html`<span>${words.now.notYet}</span>`;
    const all = uptime.upSeconds + uptime.downSeconds + uptime.unobservedSeconds;
    return html`<span>${uptime.downSeconds > 0 ? words.now.down(duration(uptime.downSeconds * 1000)) : words.now.neverDown}</span>
      <span>${uptime.unobservedSeconds > 0 ? words.now.unobserved(share(uptime.unobservedSeconds / all)) : words.now.allObserved}</span>`;
  }

  #last(): TemplateResult {
    const { last } = this;
    if (!this.uptime) {
      return html`<a class="card" href="/outages"><span class="name">${words.now.lastOutage}</span>
        <span class="value"><i class="bone"></i></span></a>`;
    }
    if (!last) {
      return html`<a class="card" href="/outages"><span class="name">${words.now.lastOutage}</span>
        <span class="value">${words.now.noOutage}</span></a>`;
    }
    const startMs = Date.parse(last.startedAt);
    const endMs = last.endedAt === null ? null : Date.parse(last.endedAt);
    const length = duration((endMs ?? this.nowMs) - startMs);
    return html`<a class="card" href="/incident?id=${last.id}"><span class="name">${words.now.lastOutage}</span>
      <span class="value">${endMs === null ? words.now.goesOn : words.now.ago(roughly(this.nowMs - endMs))}</span>
      <span class="beside"><span title=${time(startMs, 'full')}>${moment(startMs, this.nowMs)}</span>
        <span>${endMs === null ? words.now.lastsFor(length) : words.now.lasted(length)}</span></span></a>`;
  }
}
