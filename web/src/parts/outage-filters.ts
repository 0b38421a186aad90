import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { duration } from '../lib/format.ts';
import { hasFilter, lengths, type OutagesView, rowKinds, verdicts } from '../lib/outages-view.ts';
import { outagesWords } from '../lib/words/outages.ts';
import { verdictWords } from '../lib/words/verdict.ts';

const words = outagesWords.list;

/** What the list keeps. Emits `filter` with the changed view. */
@customElement('ist-outage-filters')
export class OutageFilters extends LitElement {
  static override styles = [
    baseStyles,
    css`
      form { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-3); align-items: end; }
      .choice { display: grid; gap: 2px; min-width: 0; } label { font-size: var(--text-12); color: var(--ink-2); }
      select { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); color: var(--ink); max-width: 100%; }
      @media (pointer: coarse) { select { min-height: var(--touch); } }
      @media (max-width: 560px) { form { display: grid; grid-template-columns: 1fr 1fr; } select { width: 100%; } }
      @media print { :host { display: none; } }
    `,
  ];

  @property({ attribute: false }) view!: OutagesView; // set by the page before the first rendering
  @property({ attribute: false }) lines: readonly string[] = [];

  protected override render(): TemplateResult {
    const { view } = this;
    return html`<form @submit=${(event: Event) => event.preventDefault()}>
      ${this.#choice(
        'kind',
        words.kind,
        words.kinds.all,
        view.kind,
        rowKinds.map((kind) => [kind, words.kinds[kind]]),
        (kind) => ({ kind: rowKinds.find((one) => one === kind) ?? null }),
      )}
      ${this.#choice(
        'verdict',
        words.verdict,
        words.anyVerdict,
        view.verdict,
        verdicts.map((verdict) => [verdict, verdictWords.short[verdict]]),
        (verdict) => ({ verdict: verdicts.find((one) => one === verdict) ?? null }),
      )}
      ${
        this.lines.length > 1
          ? this.#choice(
              'line',
              words.line,
              words.anyLine,
              view.line,
              this.lines.map((line) => [line, line]),
              (line) => ({ line: line === '' ? null : line }),
            )
          : nothing
      }
      ${this.#choice(
        'longer',
        words.longer,
        words.anyLength,
        view.longerThanSeconds === null ? null : String(view.longerThanSeconds),
        lengths.map((seconds) => [String(seconds), duration(seconds * 1000)]),
        (seconds) => ({ longerThanSeconds: seconds === '' ? null : Number(seconds) }),
      )}
      ${
        hasFilter(view)
          ? html`<button type="button" class="button" @click=${() =>
              this.#emit({
                kind: null,
                verdict: null,
                line: null,
                longerThanSeconds: null,
              })}>${words.reset}</button>`
          : nothing
      }</form>`;
  }

  #choice(
    id: string,
    label: string,
    any: string,
    chosen: string | null,
    options: readonly (readonly [value: string, text: string])[],
    change: (value: string) => Partial<OutagesView>,
  ): TemplateResult {
    return html`<div class="choice"><label for=${id}>${label}</label><select id=${id} @change=${
      (event: Event) =>
        this.#emit(change((event.target as HTMLSelectElement).value)) /* the listener's own element */
    }>
      <option value="" ?selected=${chosen === null}>${any}</option>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`)}</select></div>`;
  }

  #emit(change: Partial<OutagesView>): void {
    this.dispatchEvent(new CustomEvent('filter', { detail: { ...this.view, ...change } }));
  }
}
