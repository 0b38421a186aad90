import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import type { Range, RangeName } from '../lib/range.ts';
import { rangeWords } from '../lib/words/range.ts';

export interface CustomRange {
  fromMs: number;
  toMs: number;
}

/** Ranges as buttons, and two fields for an exact one. Emits `range` with a name, `custom` with two moments. */
@customElement('ist-range-bar')
export class RangeBar extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .bar { display: flex; gap: 2px; background: var(--surface); border-radius: var(--radius); padding: 3px; overflow-x: auto; scrollbar-width: none; max-width: max-content; }
      .bar .button { background: none; padding: 0 var(--space-3); flex: none; border-radius: 6px; }
      .bar .button[aria-pressed="true"] { background: var(--accent); color: var(--accent-ink); font-weight: 600; }
      form { display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: end; margin-top: var(--space-2); background: var(--surface); border-radius: var(--radius); padding: var(--space-3); max-width: max-content; }
      label { display: grid; gap: 4px; font-size: var(--text-12); color: var(--ink-2); }
      input { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); color: var(--ink); }
      .problem { color: var(--down); font-size: var(--text-12); flex-basis: 100%; }
      @media (max-width: 560px) { .bar { max-width: none; } .bar .button { padding: 0 10px; } }
    `,
  ];

  @property({ attribute: false }) names: readonly RangeName[] = [];
  @property() active: RangeName = '1h';
  @property({ attribute: false }) range: Range = { fromMs: 0, toMs: 0, isLive: true };
  @state() private isOpen = false;
  @state() private problem = '';
  @query('#from') private fromField!: HTMLInputElement;
  @query('#to') private toField!: HTMLInputElement;

  protected override render(): TemplateResult {
    return html`
      <div class="bar" role="group" aria-label=${rangeWords.label}>
        ${this.names.map(
          (name) => html`<button type="button" class="button" aria-pressed=${name === this.active}
            aria-expanded=${name === 'custom' ? String(this.isOpen) : nothing}
            @click=${() => this.#choose(name)}>${rangeWords.names[name]}</button>`,
        )}
      </div>
      ${this.isOpen ? this.#form() : nothing}
    `;
  }

  #choose(name: RangeName): void {
    this.isOpen = name === 'custom' ? !this.isOpen : false;
    if (name !== 'custom') this.dispatchEvent(new CustomEvent('range', { detail: name }));
  }

  #form(): TemplateResult {
    return html`<form @submit=${this.#submit} novalidate>
      <label for="from">${rangeWords.from}<input id="from" type="datetime-local" step="1" .value=${localValue(this.range.fromMs)} /></label>
      <label for="to">${rangeWords.to}<input id="to" type="datetime-local" step="1" .value=${localValue(this.range.toMs)} /></label>
      <button class="button" type="submit">${rangeWords.show}</button>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </form>`;
  }

  #submit = (event: Event): void => {
    event.preventDefault();
    const fromMs = new Date(this.fromField.value).getTime();
    const toMs = new Date(this.toField.value).getTime();
    this.problem =
      Number.isNaN(fromMs) || Number.isNaN(toMs)
        ? rangeWords.noTime
        : toMs - fromMs < 10_000
          ? rangeWords.tooShort
          : '';
    if (this.problem) return;
    this.isOpen = false;
    this.dispatchEvent(new CustomEvent('custom', { detail: { fromMs, toMs } satisfies CustomRange }));
  };
}

/** Local time as datetime-local wants it. */
function localValue(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
