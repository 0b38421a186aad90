import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { SpeedComparison, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { choiceStyles } from '../lib/choice-styles.ts';
import { count, moment, rtt } from '../lib/format.ts';
import { marker, type State } from '../lib/icons.ts';
import { rate } from '../lib/speed-format.ts';
import { adviceWords as words } from '../lib/words/speed-plan.ts';

type Figure = SpeedComparison['figures'][number];
const looks: Record<Figure['verdict'], State> = {
  better: 'up',
  worse: 'degraded',
  same: 'unknown',
  unknown: 'unknown',
};
const shows: Record<Figure['name'], (value: number) => string> = {
  downloadMbps: rate,
  uploadMbps: rate,
  idleMs: rtt,
  addedDownMs: rtt,
  addedUpMs: rtt,
  rpm: count,
};

/** Two tests side by side, and whether they differ by more than tests of this line do anyway. */
@customElement('ist-speed-compare')
export class SpeedCompare extends LitElement {
  static override styles = [
    baseStyles,
    choiceStyles,
    css`
      :host { display: grid; gap: var(--space-3); } h3 { font-size: var(--text-14); font-weight: 600; } p { font-size: var(--text-14); }
      .scroll { overflow-x: auto; } td:last-child, th:last-child { text-align: left; } td span { display: inline-flex; gap: 6px; align-items: baseline; }
      @media (max-width: 560px) { th, td { padding: 6px var(--space-2); font-size: var(--text-12); white-space: normal; } }
    `,
  ];
  /** Newest first. */
  @property({ attribute: false }) tests: readonly SpeedTest[] = [];
  @property({ attribute: false }) compare: (before: string, after: string) => Promise<SpeedComparison> =
    async () => await Promise.reject(new Error('nothing to ask'));
  @property({ type: Number }) nowMs = 0;
  @state() private earlier: string | null = null;
  @state() private later: string | null = null;
  @state() private comparison: SpeedComparison | null = null;
  @state() private failure: string | null = null;

  protected override render(): TemplateResult | typeof nothing {
    if (this.tests.length < 2) return nothing;
    const after = this.later ?? this.tests[0]?.id ?? '';
    const before = this.earlier ?? this.tests.at(-1)?.id ?? '';
    return html`<h3>${words.compare}</h3><p class="note">${words.compareLead}</p>
      <div class="choices">${this.#choice('earlier', words.before, before)}${this.#choice('later', words.after, after)}
        <button type="button" class="button" ?disabled=${before === after} @click=${() => this.#ask(before, after)}>${words.show}</button></div>
      ${this.failure === null ? nothing : html`<p role="alert">${words.failed(this.failure)}</p>`}
      ${this.comparison ? this.#table(this.comparison) : nothing}`;
  }

  #choice(name: 'earlier' | 'later', label: string, chosen: string): TemplateResult {
    return html`<div class="choice"><label for=${name}>${label}</label><select id=${name} @change=${(
      event: Event,
    ) => {
      this[name] = (event.currentTarget as HTMLSelectElement).value; // this select
    }}>${this.tests.map(
      (test) =>
        html`<option value=${test.id} ?selected=${test.id === chosen}>${moment(Date.parse(test.at), this.nowMs)}</option>`,
    )}</select></div>`;
  }

  async #ask(before: string, after: string): Promise<void> {
    try {
      this.comparison = await this.compare(before, after);
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  #table({ isComparable, text, figures }: SpeedComparison): TemplateResult {
    return html`<p role="status">${isComparable ? text : words.incomparable}</p>
      ${
        isComparable
          ? html`<div class="scroll" tabindex="0" role="region" aria-label=${words.compare}><table><thead><tr>${words.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
        <tbody>${figures.map((figure) => this.#row(figure))}</tbody></table></div>`
          : nothing
      }`;
  }

  #row({ name, before, after, spread, verdict }: Figure): TemplateResult {
    const show = (value: number | null) => (value === null ? '—' : shows[name](value));
    return html`<tr><th scope="row">${words.figures[name]}</th><td>${show(before)}</td><td>${show(after)}</td><td>${show(spread)}</td>
      <td><span>${marker(looks[verdict], 10)}${words.verdict[verdict]}</span></td></tr>`;
  }
}
