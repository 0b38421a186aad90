import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type {
  AccountEntry,
  AccountList,
  NewAccount,
  PasswordReset,
} from '../../../appliance/features/keep/access/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { date } from '../lib/format.ts';
import { listStyles } from '../lib/list-styles.ts';
import { accessWords } from '../lib/words/access.ts';
import { peopleWords } from '../lib/words/people.ts';

const words = peopleWords.viewers;
const nothingDone = async () => false;

/** The people who may look. One form: for a new one, or for the new password of one. */
@customElement('ist-viewer-list')
export class ViewerList extends LitElement {
  static override styles = [baseStyles, formStyles, listStyles];
  @property({ attribute: false }) list: AccountList | null = null;
  @property({ type: Boolean }) busy = false;
  @property({ attribute: false }) add: (viewer: NewAccount) => Promise<boolean> = nothingDone;
  @property({ attribute: false }) dismiss: (id: string) => Promise<boolean> = nothingDone;
  @property({ attribute: false }) reset: (id: string, reset: PasswordReset) => Promise<boolean> = nothingDone;
  @state() private form: { of: AccountEntry | null } | null = null;
  @state() private name = '';
  @state() private password = '';
  @state() private isShown = true;
  @state() private dropsFactor = false;

  protected override render(): TemplateResult {
    const viewers = (this.list?.accounts ?? []).filter((one) => one.role === 'viewer');
    const most = this.list?.maxViewers ?? 0;
    return html`${
      viewers.length === 0
        ? html`<p class="muted list">${words.none}</p>`
        : html`<ul class="list">${viewers.map((one) => this.#entry(one))}</ul>`
    }
    ${
      this.form
        ? this.#fields(this.form.of)
        : viewers.length < most
          ? html`<button type="button" class="button" @click=${() => this.#open(null)}>${words.add}</button>`
          : html`<p class="note">${words.full(most)}</p>`
    }`;
  }

  #entry(one: AccountEntry): TemplateResult {
    return html`<li><div><p class="strong">${one.name}</p><p class="note">${words.since(date(Date.parse(one.createdAt)))} ·
        ${words.sessions(one.sessions)}${one.hasSecondFactor ? ` · ${words.factor}` : ''}</p></div>
      <div class="buttons"><button type="button" class="button" aria-label=${words.resetNamed(one.name)} ?disabled=${this.busy}
          @click=${() => this.#open(one)}>${words.reset}</button>
        <button type="button" class="button" aria-label=${words.removeNamed(one.name)} ?disabled=${this.busy}
          @click=${() => this.dismiss(one.id)}>${words.remove}</button></div></li>`;
  }

  #fields(of: AccountEntry | null): TemplateResult {
    return html`<form novalidate @submit=${this.#send}>
      ${
        of
          ? html`<p class="strong">${words.resetNamed(of.name)}</p>`
          : field({
              id: 'name',
              label: words.name,
              value: this.name,
              purpose: 'off',
              isRequired: true,
              longest: 40,
              input: (value) => {
                this.name = value;
              },
            })
      }
      ${field({
        id: 'password',
        label: words.password,
        hint: accessWords.claim.passwordHint,
        value: this.password,
        purpose: 'new-password',
        isRequired: true,
        shown: {
          is: this.isShown,
          toggle: () => {
            this.isShown = !this.isShown;
          },
        },
        input: (value) => {
          this.password = value;
        },
      })}
      ${
        of?.hasSecondFactor
          ? html`<label class="row"><input type="checkbox" .checked=${this.dropsFactor} @change=${(
              event: Event,
            ) => {
              this.dropsFactor = (event.currentTarget as HTMLInputElement).checked; // the input above
            }} />${words.dropFactor}</label>`
          : nothing
      }
      <div class="buttons"><button type="submit" class="button primary" ?disabled=${this.busy || this.password === '' || (!of && this.name.trim() === '')}>${
        of ? words.reset : words.add
      }</button><button type="button" class="button" @click=${() => this.#close()}>${words.leave}</button></div></form>`;
  }

  #open(of: AccountEntry | null): void {
    this.form = { of };
    this.name = '';
    this.password = '';
    this.dropsFactor = false;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLInputElement>(of ? '#password' : '#name')?.focus(),
    );
  }

  #close(): void {
    this.form = null;
    this.password = '';
  }

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { form, password } = this;
    if (!form || this.busy || password === '') return;
    const isDone = form.of
      ? await this.reset(form.of.id, { password, ...(this.dropsFactor && { dropSecondFactor: true }) })
      : await this.add({ name: this.name.trim(), password });
    if (isDone) this.#close();
  };
}
