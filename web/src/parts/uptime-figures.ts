import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Outage, Uptime } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, duration, share, uptimeShare } from '../lib/format.ts';
import { outagesWords } from '../lib/words/outages.ts';
import { verdictWords } from '../lib/words/verdict.ts';

const words = outagesWords.figures;

/** Uptime of a range with what was not observed beside it, the provider's part of it, and whose fault the rest was. */
@customElement('ist-uptime-figures')
export class UptimeFigures extends LitElement {
  static override styles = [
    baseStyles,
    css`
      dl { display: grid; gap: var(--space-4) var(--space-5); grid-template-columns: repeat(3, minmax(0, 1fr)) minmax(0, 1.6fr); }
      dt { font-size: var(--text-14); font-weight: 600; }
      .value { font-size: var(--text-28); font-weight: 600; line-height: 1.25; letter-spacing: -0.01em; white-space: nowrap; }
      .main .value { font-size: var(--text-40); line-height: 1.1; }
      .beside { font-size: var(--text-14); color: var(--ink-2); } .beside span { display: block; }
      li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 var(--space-3); font-size: var(--text-14); padding: 2px 0; }
      li svg { grid-column: 1 / -1; height: 4px; width: 100%; border-radius: 2px; } rect { fill: var(--down); } rect.rest { fill: var(--inset); }
      p.note { margin-top: var(--space-3); }
      @media (max-width: 900px) { dl { grid-template-columns: 1fr 1fr; } .blame { grid-column: 1 / -1; } }
      @media (max-width: 560px) { .value { font-size: var(--text-20); } .main .value { font-size: var(--text-28); } .beside { font-size: var(--text-12); } .main { grid-column: 1 / -1; } }
    `,
  ];

  @property({ attribute: false }) uptime: Uptime | null = null;
  /** Of the range. */
  @property({ attribute: false }) outages: readonly Outage[] = [];

  protected override render(): TemplateResult | typeof nothing {
    const { uptime } = this;
    if (!uptime) return nothing;
    const all = uptime.upSeconds + uptime.downSeconds + uptime.unobservedSeconds;
    return html`<dl>
        <div class="main"><dt>${words.uptime}</dt><dd class="value">${uptimeShare(uptime.ratio)}</dd>${beside(uptime, all)}</div>
        <div><dt>${words.provider}</dt><dd class="value">${uptimeShare(uptime.provider.ratio)}</dd>
          ${beside(uptime.provider, all)}<dd class="note">${words.providerNote}</dd></div>
        ${this.#counted(uptime.ratio !== null)}
        <div class="blame"><dt>${words.blame}</dt>${this.#blame(uptime)}</div>
      </dl><p class="note">${words.method}</p>`;
  }

  #counted(isObserved: boolean): TemplateResult {
    if (!isObserved)
      return html`<div><dt>${words.outages}</dt><dd class="value">—</dd><dd class="beside">${words.nothing}</dd></div>`;
    const outages = this.outages.filter((one) => one.kind === 'outage');
    const longest = Math.max(0, ...outages.map((one) => one.durationSeconds));
    return html`<div><dt>${words.outages}</dt><dd class="value">${count(outages.length)}</dd>
      <dd class="beside"><span>${outages.length > 0 ? words.longest(duration(longest * 1000)) : words.none}</span>
        <span>${words.degradations(this.outages.length - outages.length)}</span></dd></div>`;
  }

  #blame(uptime: Uptime): TemplateResult {
    if (uptime.byVerdict.length === 0)
      return html`<dd class="beside">${uptime.ratio === null ? words.nothing : words.blameNone}</dd>`;
    const most = Math.max(...uptime.byVerdict.map((one) => one.seconds));
    return html`<dd><ul>${uptime.byVerdict.map(
      ({
        verdict,
        seconds,
      }) => html`<li><span>${verdictWords.short[verdict]}</span><b>${duration(seconds * 1000)}</b>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="4" /><rect width=${Math.max(0.5, (seconds / most) * 100)} height="4" /></svg></li>`,
    )}</ul></dd>`;
  }
}

function beside(
  { ratio, downSeconds: down, unobservedSeconds: unobserved }: Uptime['provider'],
  all: number,
): TemplateResult {
  if (ratio === null) return html`<dd class="beside">${words.nothing}</dd>`;
  return html`<dd class="beside"><span>${down > 0 ? words.down(duration(down * 1000)) : words.neverDown}</span>
    <span>${unobserved > 0 ? words.unobserved(share(unobserved / all), duration(unobserved * 1000)) : words.allObserved}</span></dd>`;
}
