import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { PasswordChange } from '../../../appliance/features/keep/access/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { accessWords } from '../lib/words/access.ts';
import { peopleWords } from '../lib/words/people.ts';

const words = peopleWords.password;

/** Changes the own password. */
@customElement('ist-own-password')
export class OwnPassword extends LitElement {
  static override styles = [baseStyles, formStyles];
  @property({ attribute: false }) change: (change: PasswordChange) => Promise<boolean> = async () => false;
  @property({ type: Boolean }) busy = false;
  @property({ type: String }) name = '';
  @state() private current = '';
  @state() private password = '';
  @state() private isShown = false;
  @state() private isDone = false;

  protected override render(): TemplateResult {
    const toggle = () => {
      this.isShown = !this.isShown;
    };
    return html`<form novalidate @submit=${this.#send}>
      <input hidden autocomplete="username" .value=${this.name} />
      ${field({
        id: 'current',
        label: words.current,
        value: this.current,
        purpose: 'current-password',
        isRequired: true,
        shown: { is: this.isShown, toggle },
        input: (value) => {
          this.current = value;
        },
      })}
      ${field({
        id: 'password',
        label: words.next,
        hint: accessWords.claim.passwordHint,
        value: this.password,
        purpose: 'new-password',
        isRequired: true,
        shown: { is: this.isShown, toggle },
        input: (value) => {
          this.password = value;
        },
      })}
      <button type="submit" class="button" ?disabled=${this.busy || this.current === '' || this.password === ''}>${words.act}</button>
      ${this.isDone ? html`<p class="note" role="status">${words.done}</p>` : nothing}</form>`;
  }

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy || this.current === '' || this.password === '') return;
    this.isDone = await this.change({ current: this.current, password: this.password });
    if (!this.isDone) return;
    this.current = '';
    this.password = '';
    this.isShown = false;
  };
}
