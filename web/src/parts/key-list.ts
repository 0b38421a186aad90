import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { KeyEntry, KeyList, KeyMade, NewKey } from '../../../appliance/features/keep/access/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { date, moment } from '../lib/format.ts';
import { listStyles } from '../lib/list-styles.ts';
import { peopleWords } from '../lib/words/people.ts';

const words = peopleWords.keys;
type Scope = KeyEntry['scope'];
const scopes: readonly Scope[] = ['read', 'run', 'write', 'admin'];
/** Days; the first is what a new key gets. */
const lives = [365, 90, 30, 0] as const;

/** The access keys of programs; a new one is shown once. */
@customElement('ist-key-list')
export class AccessKeys extends LitElement {
  static override styles = [baseStyles, formStyles, listStyles];
  @property({ attribute: false }) list: KeyList | null = null;
  @property({ attribute: false }) made: KeyMade | null = null;
  @property({ type: Boolean }) busy = false;
  @property({ type: Number }) nowMs = 0;
  @property({ attribute: false }) make: (key: NewKey) => Promise<boolean> = async () => false;
  @property({ attribute: false }) revoke: (id: string) => Promise<boolean> = async () => false;
  @property({ attribute: false }) leave: () => void = () => undefined;
  @state() private isOpen = false;
  @state() private isCopied = false;
  @state() private name = '';
  @state() private scope: Scope = 'read';
  @state() private days: number = lives[0];

  protected override render(): TemplateResult {
    const keys = this.list?.keys ?? [];
    const limit = this.list?.limit ?? 0;
    return html`${this.made ? this.#once(this.made) : nothing}
      ${
        keys.length === 0
          ? html`<p class="muted list">${words.none}</p>`
          : html`<ul class="list">${keys.map((one) => this.#entry(one))}</ul>`
      }
      ${
        this.isOpen
          ? this.#form()
          : keys.length < limit
            ? html`<button type="button" class="button" @click=${this.#open}>${words.make}</button>`
            : html`<p class="note">${words.full(limit)}</p>`
      }`;
  }

  #entry(one: KeyEntry): TemplateResult {
    const used = one.usedAt === null ? words.unused : words.used(moment(Date.parse(one.usedAt), this.nowMs));
    const ends = one.expiresAt === null ? words.endless : words.until(date(Date.parse(one.expiresAt)));
    return html`<li><div><p class="strong">${one.name}</p><p class="note"><span class="mono">${one.hint}…</span> · ${words.scope[one.scope]} · ${used} · ${ends}</p></div>
      <button type="button" class="button" aria-label=${words.revokeNamed(one.name)} ?disabled=${this.busy} @click=${() => this.revoke(one.id)}>${words.revoke}</button></li>`;
  }

  #once(made: KeyMade): TemplateResult {
    return html`<div class="once" role="status"><p class="strong">${words.made(made.name)}</p><p>${words.madeLead}</p>
      <code class="mono">${made.key}</code><div class="buttons"><button type="button" class="button" @click=${() => this.#copy(made.key)}>${
        this.isCopied ? words.copied : words.copy
      }</button><button type="button" class="button" @click=${() => this.leave()}>${words.kept}</button></div></div>`;
  }

  #form(): TemplateResult {
    return html`<form novalidate @submit=${this.#send}>
      ${field({
        id: 'name',
        label: words.name,
        hint: words.nameHint,
        value: this.name,
        purpose: 'off',
        isRequired: true,
        longest: 40,
        input: (value) => {
          this.name = value;
        },
      })}
      <div class="field"><label for="scope">${words.may}</label><select id="scope" @change=${(
        event: Event,
      ) => {
        const chosen = (event.currentTarget as HTMLSelectElement).selectedIndex; // the select above
        this.scope = scopes[chosen] ?? 'read';
      }}>${scopes.map((one) => html`<option ?selected=${one === this.scope}>${words.scope[one]}</option>`)}</select></div>
      <div class="field"><label for="days">${words.life}</label><select id="days" @change=${(
        event: Event,
      ) => {
        const chosen = (event.currentTarget as HTMLSelectElement).selectedIndex; // as above
        this.days = lives[chosen] ?? lives[0];
      }}>${lives.map((one) => html`<option ?selected=${one === this.days}>${one === 0 ? words.forever : words.days(one)}</option>`)}</select></div>
      <div class="buttons"><button type="submit" class="button primary" ?disabled=${this.busy || this.name.trim() === ''}>${words.make}</button>
        <button type="button" class="button" @click=${() => {
          this.isOpen = false;
        }}>${words.leave}</button></div></form>`;
  }

  #open = (): void => {
    this.isOpen = true;
    this.name = '';
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLInputElement>('#name')?.focus());
  };

  #copy = async (key: string): Promise<void> => {
    // Without HTTPS browsers have no clipboard for pages; a click selects the whole key.
    try {
      await navigator.clipboard.writeText(key);
      this.isCopied = true;
    } catch {
      const range = document.createRange();
      const shown = this.renderRoot.querySelector('.once code');
      if (shown) range.selectNodeContents(shown);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
    }
  };

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = this.name.trim();
    if (this.busy || name === '') return;
    this.isCopied = false;
    const isDone = await this.make({
      name,
      scope: this.scope,
      ...(this.days > 0 && { expiresDays: this.days }),
    });
    if (isDone) this.isOpen = false;
  };
}
