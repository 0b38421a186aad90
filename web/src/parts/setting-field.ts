import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { baseStyles } from '../lib/base-styles.ts';
import { formStyles } from '../lib/form-styles.ts';
import { sentence } from '../lib/format.ts';
import { placeIn } from '../lib/rows-view.ts';
import { readSetting, type Setting, showSetting } from '../lib/settings-view.ts';
import { settingsWords as words } from '../lib/words/settings.ts';
import './row-list.ts';

/** One setting with its field. `save` gives what is wrong, or null; without a value it goes back to the default. */
@customElement('ist-setting')
export class SettingField extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host { padding: var(--space-3) 0; } form { gap: var(--space-2); }
      .field { max-width: 560px; } .field.wide { max-width: none; } .field > :is(label, h3) { font-weight: 600; font-size: var(--text-14); color: var(--ink); }
      .path { color: var(--ink-3); font-weight: 400; font-size: var(--text-12); margin-left: var(--space-2); }
      .field input[type="checkbox"] { width: 22px; min-height: 22px; height: 22px; accent-color: var(--accent); }
      .field textarea { font-size: var(--text-14); min-height: 88px; resize: vertical; }
      .mark { display: inline-block; background: var(--degraded-tint); color: var(--ink); border-radius: 4px; padding: 0 6px; font-size: var(--text-12); }
      .row { flex-wrap: wrap; } .quiet { background: none; color: var(--accent); padding: 0; }
    `,
  ];

  @property({ attribute: false }) setting!: Setting;
  @property({ attribute: false }) save: (path: string, value?: unknown) => Promise<string | null> =
    async () => null;
  /** What was typed and not saved; null: nothing. */
  @state() private draft: string | null = null;
  @state() private error: string | null = null;
  @state() private isSaved = false;
  @state() private isBusy = false;

  protected override render(): TemplateResult {
    const { setting } = this;
    const isOwn = setting.decidedBy === null;
    const usual = showSetting(setting, setting.usual);
    const shown =
      usual === '' ? words.empty : setting.kind === 'switch' ? (setting.usual ? words.on : words.off) : usual;
    const isLong = shown.length > 60;
    return html`<form novalidate @submit=${this.#send}><div class="field ${setting.kind === 'rows' ? 'wide' : ''}">
        ${setting.kind === 'rows' ? html`<h3>${this.#title()}</h3>` : html`<label for="value">${this.#title()}</label>`}
        ${setting.description ? html`<p class="hint" id="hint">${sentence(setting.description)} ${this.#how()}</p>` : html`<p class="hint" id="hint">${this.#how()}</p>`}
        ${this.#input()}
        ${this.error ? html`<p class="error" id="error" role="alert">${this.error}</p>` : nothing}</div>
      <div class="row">
        ${
          this.draft === null
            ? nothing
            : html`<button type="submit" class="button primary" ?disabled=${this.isBusy}>${words.save}</button>
            <button type="button" class="button" @click=${this.#undo}>${words.undo}</button>`
        }
        ${setting.isWaiting ? html`<span class="mark">${words.isWaiting}</span>` : setting.needsRestart ? html`<span class="hint">${words.restart}</span>` : nothing}
        ${isOwn ? nothing : html`<span class="hint">${words.decidedBy(setting.decidedBy ?? '')}</span>`}
        ${
          setting.isChanged && isOwn
            ? html`${isLong || setting.kind === 'secret' ? nothing : html`<span class="hint">${words.usual(shown)}</span>`}
              <button type="button" class="button quiet" aria-label=${words.resetNamed(setting.title)} ?disabled=${this.isBusy}
                @click=${() => this.#save()}>${words.reset}</button>`
            : nothing
        }
        <span class="hint" role="status">${this.isSaved ? words.saved : ''}</span></div></form>`;
  }

  #title(): TemplateResult {
    return html`${this.setting.title}<span class="path mono">${this.setting.path}</span>`;
  }

  #how(): string {
    const { kind, range, value } = this.setting;
    if (kind === 'lines') return words.lines;
    if (kind === 'json') return words.json;
    if (kind === 'secret') return value === null ? words.secretUnset : words.secretSet;
    return range === '' ? '' : sentence(range);
  }

  #input(): TemplateResult {
    const { setting } = this;
    const text = this.draft ?? showSetting(setting, setting.value);
    const invalid = this.error ? 'true' : nothing;
    const notes = this.error ? 'hint error' : 'hint';
    const isFixed = setting.decidedBy !== null || this.isBusy;
    if (setting.kind === 'rows' && setting.items)
      return html`<ist-row-list id="value" name=${setting.title} .items=${setting.items} .value=${this.draft === null ? setting.value : JSON.parse(this.draft)}
        .wrong=${this.error ? placeIn(this.error, setting.path) : null} error=${this.error ?? ''} ?fixed=${isFixed} @change=${this.#rowsChanged}></ist-row-list>`;
    if (setting.kind === 'switch')
      return html`<input id="value" type="checkbox" role="switch" .checked=${live(setting.value === true)} ?disabled=${isFixed}
        aria-describedby=${notes} @change=${(event: Event) => this.#save((event.currentTarget as HTMLInputElement).checked /* this input */)} />`;
    if (setting.kind === 'choice')
      return html`<select id="value" ?disabled=${isFixed} aria-describedby=${notes} @change=${(
        event: Event,
      ) =>
        this.#save((event.currentTarget as HTMLSelectElement).value /* this list */)}>${setting.choices.map(
        (one) => html`<option value=${one} ?selected=${one === setting.value}>${one}</option>`,
      )}</select>`;
    if (setting.kind === 'lines' || setting.kind === 'json')
      return html`<textarea id="value" class="mono" rows=${Math.min(14, text.split('\n').length + 1)} spellcheck="false" .value=${live(text)}
        ?disabled=${isFixed} aria-invalid=${invalid} aria-describedby=${notes} @input=${this.#type}></textarea>`;
    const isSecret = setting.kind === 'secret';
    return html`<input id="value" type=${isSecret ? 'password' : 'text'} autocomplete="off" spellcheck="false"
      inputmode=${setting.kind === 'number' ? 'decimal' : nothing} .value=${live(text)} ?disabled=${isFixed}
      aria-invalid=${invalid} aria-describedby=${notes} @input=${this.#type} />`;
  }

  #type = (event: Event): void => {
    const { value } = event.currentTarget as HTMLInputElement; // or a text area: both have one
    this.draft = value === showSetting(this.setting, this.setting.value) ? null : value;
    this.error = null;
    this.isSaved = false;
  };

  #rowsChanged = ({ detail }: CustomEvent<unknown[]>): void => {
    const text = JSON.stringify(detail, null, 2);
    this.draft = text === showSetting(this.setting, this.setting.value) ? null : text;
    this.error = null;
    this.isSaved = false;
  };

  #undo = (): void => {
    this.draft = null;
    this.error = null;
  };

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.draft !== null) await this.#save(readSetting(this.setting, this.draft));
  };

  async #save(value?: unknown): Promise<void> {
    this.isBusy = true;
    this.error = await this.save(this.setting.path, value);
    this.isBusy = false;
    this.isSaved = this.error === null;
    if (this.isSaved) this.draft = null;
  }
}
