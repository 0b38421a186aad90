import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { IncidentNote } from '../../../appliance/features/judge/incident/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { moment, time } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import { incidentWords } from '../lib/words/incident.ts';

const words = incidentWords.notes;
/** As the appliance takes them. */
const longestNote = 2000;
const longestTag = 40;
const mostTags = 20;

/** Notes and tags. Emits `note` with a text, `remove-note` with its id, `tags` with all that should be there. */
@customElement('ist-incident-notes')
export class IncidentNotes extends LitElement {
  static override styles = [
    baseStyles,
    css`
      h2 { margin-bottom: var(--space-2); }
      .notes { display: grid; gap: var(--space-2); margin-bottom: var(--space-3); }
      .notes li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 var(--space-2); align-items: start; background: var(--inset); border-radius: var(--radius); padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3); font-size: var(--text-14); }
      .notes p { white-space: pre-wrap; overflow-wrap: anywhere; } .notes time { font-size: var(--text-12); color: var(--ink-3); }
      .plain { background: none; padding: 0 10px; }
      form { display: grid; gap: var(--space-2); justify-items: start; } label { display: grid; gap: 4px; font-size: var(--text-12); color: var(--ink-2); width: 100%; }
      textarea, input { font: inherit; font-size: var(--text-14); color: var(--ink); background: var(--surface); border: 1px solid var(--ink-3); border-radius: 6px; padding: var(--space-2); width: 100%; min-height: 36px; }
      textarea { resize: vertical; }
      .tags { display: flex; flex-wrap: wrap; gap: var(--space-1); align-items: end; margin-top: var(--space-4); }
      .tag { display: inline-flex; align-items: center; background: var(--accent-tint); color: var(--accent); border-radius: 6px; padding-left: 10px; font-size: var(--text-14); }
      .tag .button { background: none; color: inherit; padding: 0 8px; } .tag.fixed { padding: 4px 10px; } .tags label { width: 10em; }
      @media (pointer: coarse) { input { min-height: var(--touch); } }
      @media print { form, form.tags, .plain, .tag .button { display: none; } .tag { padding-right: 10px; } }
    `,
  ];

  @property({ attribute: false }) notes: readonly IncidentNote[] = [];
  @property({ attribute: false }) tags: readonly string[] = [];
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) busy = false;
  /** Whether who looks may change them. */
  @property({ type: Boolean }) editable = false;
  @query('textarea') private text!: HTMLTextAreaElement;
  @query('input') private tag!: HTMLInputElement;

  protected override render(): TemplateResult {
    return html`<h2>${words.heading}</h2>
      ${
        this.notes.length === 0
          ? html`<p class="muted notes">${words.none}</p>`
          : html`<ul class="notes">${this.notes.map((note) => this.#note(note))}</ul>`
      }
      ${this.editable ? this.#form() : html`<p class="note">${words.readOnly}</p>`}
      ${
        this.editable || this.tags.length > 0
          ? html`<div class="tags" role="group" aria-label=${words.tags}>${this.tags.map((tag) => this.#tagEntry(tag))}
              ${this.editable ? this.#tagForm() : nothing}</div>`
          : nothing
      }`;
  }

  #form(): TemplateResult {
    return html`<form @submit=${this.#add}><label>${words.label}<textarea rows="3" maxlength=${longestNote} placeholder=${words.hint}></textarea></label>
        <button type="submit" class="button" ?disabled=${this.busy}>${words.add}</button></form>`;
  }

  #tagEntry(tag: string): TemplateResult {
    if (!this.editable) return html`<span class="tag fixed">${tag}</span>`;
    const others = this.tags.filter((one) => one !== tag);
    return html`<span class="tag">${tag}<button type="button" class="button" aria-label=${words.removeTag(tag)} ?disabled=${this.busy}
      @click=${() => this.#emit('tags', others)}>${icon('cross', 14)}</button></span>`;
  }

  #tagForm(): TemplateResult {
    return html`<form @submit=${this.#addTag} class="tags"><label>${words.newTag}<input maxlength=${longestTag} autocomplete="off" ?disabled=${this.tags.length >= mostTags} /></label>
          <button type="submit" class="button" ?disabled=${this.busy}>${words.addTag}</button></form>`;
  }

  #note(note: IncidentNote): TemplateResult {
    const at = Date.parse(note.at);
    const said = moment(at, this.nowMs);
    return html`<li><div><p>${note.text}</p><time datetime=${note.at} title=${time(at, 'full')}>${said}</time></div>
      ${
        this.editable
          ? html`<button type="button" class="button plain" title=${words.remove(said)} aria-label=${words.remove(said)} ?disabled=${this.busy}
              @click=${() => this.#emit('remove-note', note.id)}>${icon('cross', 16)}</button>`
          : nothing
      }</li>`;
  }

  /** Called when what was written has been kept. */
  clearText(): void {
    this.text.value = '';
  }

  #add = (event: Event): void => {
    event.preventDefault();
    const text = this.text.value.trim();
    if (text !== '') this.#emit('note', text);
  };

  #addTag = (event: Event): void => {
    event.preventDefault();
    const tag = this.tag.value.trim();
    if (tag === '' || this.tags.includes(tag)) return;
    this.tag.value = '';
    this.#emit('tags', [...this.tags, tag]);
  };

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
