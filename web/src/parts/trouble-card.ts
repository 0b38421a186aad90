import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { BusyPeriod, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, moment, time, unbroken } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import { troubleWords } from '../lib/words/trouble.ts';
import { headlineOf, verdictWords } from '../lib/words/verdict.ts';

/** What is broken, since when, whose fault it is and what to try: readable on a phone with the line down. */
@customElement('ist-trouble-card')
export class TroubleCard extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .card { display: grid; gap: var(--space-4) var(--space-6); grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); padding: var(--space-5); color: var(--ink); }
      .outage { background: var(--down-tint); --own: var(--down); } .degradation { background: var(--degraded-tint); --own: var(--degraded); } .busy { background: var(--degraded-tint); --own: var(--degraded); }
      h2 { font-size: var(--text-20); }
      h3 { font-size: var(--text-14); font-weight: 600; margin-bottom: var(--space-1); }
      .since { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 var(--space-2); margin: var(--space-2) 0; }
      .since b { font-size: var(--text-28); font-weight: 650; line-height: 1.2; letter-spacing: -0.01em; }
      .fault { font-size: var(--text-16); } .fault b { font-weight: 650; }
      .quiet { color: var(--ink-2); font-size: var(--text-14); margin-top: var(--space-1); }
      ol { display: grid; gap: var(--space-2); font-size: var(--text-14); counter-reset: step; }
      li { counter-increment: step; padding-left: 1.7em; position: relative; }
      li::before { content: counter(step) '.'; position: absolute; left: 0; font-weight: 600; color: var(--ink-2); }
      .more { display: inline-flex; align-items: center; gap: var(--space-1); min-height: var(--touch); font-weight: 600; font-size: var(--text-14); color: var(--ink); text-decoration: underline; }
      .foot { grid-column: 1 / -1; margin-top: calc(-1 * var(--space-2)); }
      @media (max-width: 760px) { .card { grid-template-columns: minmax(0, 1fr); padding: var(--space-4); } .since b { font-size: var(--text-20); } }
    `,
  ];

  @property({ attribute: false }) outage: Outage | null = null;
  @property({ attribute: false }) busy: BusyPeriod | null = null;
  /** How many other outages last. */
  @property({ type: Number }) others = 0;
  /** More than one line is watched: name the one that is spoken of. */
  @property({ type: Boolean }) namesLine = false;
  @property({ type: Number }) nowMs = 0;
  @property() href = '';

  protected override render(): TemplateResult | typeof nothing {
    if (this.outage) return this.#ofOutage(this.outage);
    return this.busy ? this.#ofBusy(this.busy) : nothing;
  }

  #ofOutage(one: Outage): TemplateResult {
    const isKnown = one.decidedAt !== null && one.verdict !== 'unclear';
    return html`<section class="card ${one.kind}" aria-label=${troubleWords.heading}>
      <div>
        ${this.namesLine ? html`<p class="quiet">${troubleWords.line(one.line)}</p>` : nothing}
        <h2>${headlineOf(one)}</h2>
        ${this.#since(one.startedAt)}
        ${isKnown ? this.#fault(one) : this.#finding(one)}
        ${one.family === 'ipv6' && one.verdict !== 'ipv6' ? html`<p class="quiet">${troubleWords.ipv6Only}</p>` : nothing}
        ${this.others > 0 ? html`<p class="quiet">${troubleWords.others(this.others)}</p>` : nothing}
      </div>
      ${this.#advice(verdictWords.advice[one.verdict])}
      ${this.href ? html`<p class="foot"><a class="more" href=${this.href}>${troubleWords.more}${icon('arrow', 16)}</a></p>` : nothing}
    </section>`;
  }

  #since(startedAt: string): TemplateResult {
    const startMs = Date.parse(startedAt);
    return html`<p class="since"><b>${duration(this.nowMs - startMs)}</b>
      <time datetime=${startedAt} title=${time(startMs, 'full')}>${troubleWords.since(moment(startMs, this.nowMs))}</time></p>`;
  }

  #fault(one: Outage): TemplateResult {
    const others = one.candidates.filter((verdict) => verdict !== one.verdict);
    return html`<p class="fault">${troubleWords.fault}: <b>${verdictWords.fault[one.verdict]}</b>
        ${troubleWords.sure(verdictWords.confidence(one.confidence))}</p>
      ${others.length > 0 ? html`<p class="quiet">${troubleWords.either(faults([one.verdict, ...others]))}</p>` : nothing}`;
  }

  #finding(one: Outage): TemplateResult {
    const named = one.candidates.filter((verdict) => verdict !== 'unclear');
    return html`<p class="fault">${troubleWords.fault}: <b>${troubleWords.finding}</b></p>
      <p class="quiet">${named.length > 0 ? troubleWords.either(faults(named)) : troubleWords.findingMore}</p>`;
  }

  #advice(list: readonly string[]): TemplateResult {
    return html`<div><h3>${troubleWords.try}</h3><ol>${list.map((text) => html`<li>${text}</li>`)}</ol></div>`;
  }

  #ofBusy(one: BusyPeriod): TemplateResult {
    return html`<section class="card busy" aria-label=${troubleWords.heading}>
      <div><h2>${troubleWords.busyTitle[one.source]}</h2>${this.#since(one.startedAt)}
        <p class="fault">${troubleWords.fault}: <b>${troubleWords.busyFault}</b></p>
        <p class="quiet">${unbroken(one.text)}</p></div>
      ${this.#advice(troubleWords.busyAdvice)}
      ${this.href ? html`<p class="foot"><a class="more" href=${this.href}>${troubleWords.more}${icon('arrow', 16)}</a></p>` : nothing}
    </section>`;
  }
}

function faults(list: readonly Outage['verdict'][]): string {
  return list.map((verdict) => verdictWords.fault[verdict]).join(troubleWords.or);
}
