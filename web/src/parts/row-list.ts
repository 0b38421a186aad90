import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { baseStyles } from '../lib/base-styles.ts';
import { formStyles } from '../lib/form-styles.ts';
import { sentence } from '../lib/format.ts';
import { type Column, columnsOf, entriesOf, moved, newRow, type Row, rowsOf } from '../lib/rows-view.ts';
import type { Shape } from '../lib/settings-view.ts';
import { settingsWords } from '../lib/words/settings.ts';

const words = settingsWords.rows;

interface Kept {
  /** Stays with the row while it moves. */
  id: number;
  row: Row;
  isOpen: boolean;
}

/** A list of maps, one row each: fields as the schema says, added, removed and moved. Emits `change` with all entries. */
@customElement('ist-row-list')
export class RowList extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host { display: grid; gap: var(--space-2); justify-items: start; } ol { display: grid; gap: var(--space-2); width: 100%; list-style: none; }
      li { background: var(--inset); border-radius: var(--radius); padding: 0 var(--space-3); } li.wrong { outline: 2px solid var(--down); }
      .head { display: flex; gap: var(--space-1); align-items: center; } .opener { flex: 1; min-width: 0; white-space: normal; min-height: var(--touch); background: none; padding: 0; text-align: left; justify-content: start; overflow-wrap: anywhere; }
      .tool { min-width: var(--touch); min-height: var(--touch); justify-content: center; background: none; }
      .fields { display: grid; gap: var(--space-3); grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); padding: var(--space-2) 0 var(--space-3); }
      .field { align-content: start; } .field :is(input, select) { font-size: var(--text-14); } .tool { padding: 0; flex: none; } .optional { color: var(--ink-3); font-weight: 400; font-size: var(--text-12); margin-left: var(--space-2); }
    `,
  ];

  @property({ attribute: false }) items: Shape = {};
  /** As it is kept; changing it begins anew. */
  @property({ attribute: false }) value: unknown = [];
  @property({ attribute: false }) wrong: { row: number; key: string | null } | null = null;
  @property() error = '';
  @property({ type: Boolean }) fixed = false;
  @property() name = '';
  @state() private rows: readonly Kept[] = [];
  @state() private said = '';
  #nextId = 0;
  /** What this element has told last; coming back as `value` it is no news. */
  #told = '';

  protected override willUpdate(changed: Map<string, unknown>): void {
    if ((changed.has('value') || changed.has('items')) && JSON.stringify(this.value) !== this.#told) {
      this.rows = rowsOf(this.items, this.value).map((row) => this.#keep(row, false));
      this.#told = JSON.stringify(this.value);
    }
    const { wrong } = this;
    if (changed.has('wrong') && wrong)
      this.rows = this.rows.map((one, index) => (index === wrong.row ? { ...one, isOpen: true } : one));
  }

  protected override render(): TemplateResult {
    const columns = columnsOf(this.items);
    return html`<ol aria-label=${this.name}>${repeat(
      this.rows,
      ({ id }) => id,
      (kept, index) => this.#entry(kept, index, columns),
    )}</ol>
      <button type="button" class="button" ?disabled=${this.fixed} @click=${this.#add}>${words.add}</button>
      <span class="hint" role="status">${this.said}</span>`;
  }

  #entry(kept: Kept, index: number, columns: readonly Column[]): TemplateResult {
    const { id, row, isOpen } = kept;
    const label = this.#labelOf(row, columns) || words.unnamed(index + 1);
    const tool = (sign: string, text: string, isOff: boolean, act: () => void, name: string) =>
      html`<button type="button" class="button tool ${name}" aria-label=${text} title=${text} ?disabled=${this.fixed || isOff} @click=${act}>${sign}</button>`;
    return html`<li id="row-${id}" class=${this.wrong?.row === index ? 'wrong' : ''}><div class="head">
        <button type="button" class="button opener" aria-expanded=${isOpen ? 'true' : 'false'} @click=${() => this.#change(id, { isOpen: !isOpen })}>${label}</button>
        ${tool('↑', words.up(label), index === 0, () => void this.#move(index, index - 1, 'up'), 'up')}
        ${tool('↓', words.down(label), index === this.rows.length - 1, () => void this.#move(index, index + 1, 'down'), 'down')}
        ${tool('✕', words.remove(label), false, () => void this.#remove(index, label), 'remove')}</div>
      ${isOpen ? html`<div class="fields" role="group" aria-label=${label}>${columns.map((column) => this.#field(kept, index, column))}</div>` : nothing}
      ${this.wrong?.row === index && this.wrong.key === null ? html`<p class="error">${this.error}</p>` : nothing}</li>`;
  }

  #field({ id, row }: Kept, index: number, column: Column): TemplateResult {
    const { key, title, description, kind, choices, isRequired, range } = column;
    const name = `f-${id}-${key}`;
    const text = row[key] ?? '';
    const isWrong = this.wrong?.row === index && this.wrong.key === key;
    const notes = isWrong ? `${name}-hint ${name}-error` : `${name}-hint`;
    const set = (event: Event) => {
      const { value } = event.currentTarget as HTMLInputElement | HTMLSelectElement; // one of the two below
      this.#change(id, { row: { ...row, [key]: value } });
    };
    const hint = [description, range].filter(Boolean).map(sentence).join(' ');
    return html`<div class="field"><label for=${name}>${title}${isRequired ? nothing : html`<span class="optional">${words.optional}</span>`}</label>
      ${
        kind === 'choice'
          ? html`<select id=${name} ?disabled=${this.fixed} aria-describedby=${notes} @change=${set}>
              ${isRequired ? nothing : html`<option value="" ?selected=${text === ''}>${words.usual}</option>`}
              ${choices.map((one) => html`<option value=${one} ?selected=${one === text}>${one}</option>`)}</select>`
          : html`<input id=${name} autocomplete="off" spellcheck="false" inputmode=${kind === 'number' ? 'decimal' : nothing} .value=${live(text)}
              ?disabled=${this.fixed} aria-invalid=${isWrong ? 'true' : nothing} aria-describedby=${notes} @input=${set} />`
      }<p class="hint" id="${name}-hint">${hint}</p>
      ${isWrong ? html`<p class="error" id="${name}-error" role="alert">${this.error}</p>` : nothing}</div>`;
  }

  #labelOf(row: Row, columns: readonly Column[]): string {
    const shown = columns.filter(({ isRequired }) => isRequired).slice(0, 2);
    return shown.flatMap(({ key }) => row[key]?.trim() || []).join(' · ');
  }

  #keep(row: Row, isOpen: boolean): Kept {
    this.#nextId += 1;
    return { id: this.#nextId, row, isOpen };
  }

  #change(id: number, change: Partial<Kept>): void {
    this.rows = this.rows.map((one) => (one.id === id ? { ...one, ...change } : one));
    if (change.row) this.#tell();
  }

  #add = async (): Promise<void> => {
    const added = this.#keep(newRow(this.items), true);
    this.rows = [...this.rows, added];
    this.#tell();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`#row-${added.id} :is(input, select)`)?.focus();
  };

  async #remove(index: number, label: string): Promise<void> {
    this.rows = this.rows.filter((_, at) => at !== index);
    this.said = words.removed(label);
    this.#tell();
    await this.updateComplete;
    const next = this.rows[Math.min(index, this.rows.length - 1)];
    const place = next ? `#row-${next.id} .opener` : ':scope > button';
    this.renderRoot.querySelector<HTMLElement>(place)?.focus();
  }

  /** The keyboard stays on the row that moves, on the other button once it is at the end. */
  async #move(from: number, to: number, by: 'up' | 'down'): Promise<void> {
    const id = this.rows[from]?.id;
    this.rows = moved(this.rows, from, to);
    this.said = words.moved(to + 1, this.rows.length);
    this.#tell();
    await this.updateComplete;
    const button = (name: string) => this.renderRoot.querySelector<HTMLButtonElement>(`#row-${id} .${name}`);
    const same = button(by);
    (same?.disabled ? button(by === 'up' ? 'down' : 'up') : same)?.focus();
  }

  #tell(): void {
    const detail = entriesOf(
      this.items,
      this.rows.map(({ row }) => row),
    );
    this.#told = JSON.stringify(detail);
    this.dispatchEvent(new CustomEvent('change', { detail }));
  }
}
