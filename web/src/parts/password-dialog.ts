import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { RequestFailed } from '../lib/api.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { Countdown } from '../lib/countdown.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { duration, sentence } from '../lib/format.ts';
import { accessWords } from '../lib/words/access.ts';

const words = accessWords.again;

/** Asks for the password once more. `check` throws when it is not the right one. */
@customElement('ist-password-dialog')
export class PasswordDialog extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    css`
      dialog { border: 0; border-radius: var(--radius); padding: var(--space-5); background: var(--surface); color: var(--ink); width: min(420px, calc(100vw - 32px)); }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      h2 { margin-bottom: var(--space-2); font-size: var(--text-20); } p { margin-bottom: var(--space-3); font-size: var(--text-14); }
    `,
  ];

  @property({ attribute: false }) check: (password: string) => Promise<void> = async () => undefined;
  @query('dialog') private dialog!: HTMLDialogElement;
  @state() private password = '';
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private error: string | null = null;
  readonly #countdown = new Countdown(this);
  #answer: ((isRight: boolean) => void) | null = null;

  /** True once the password was right; false when the person closed the dialog. */
  async ask(): Promise<boolean> {
    this.password = '';
    this.error = null;
    this.dialog.showModal();
    return await new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  protected override render(): TemplateResult {
    const { left } = this.#countdown;
    return html`<dialog aria-labelledby="title" @close=${() => this.#end(false)}><form novalidate @submit=${this.#send}>
      <div><h2 id="title">${words.title}</h2><p>${words.lead}</p></div>
      ${field({
        id: 'again',
        label: words.label,
        value: this.password,
        purpose: 'current-password',
        isRequired: true,
        error: left > 0 ? accessWords.wait(duration(left * 1000)) : this.error,
        input: (value) => {
          this.password = value;
        },
        shown: {
          is: this.isShown,
          toggle: () => {
            this.isShown = !this.isShown;
          },
        },
      })}
      <div class="row"><button type="submit" class="button primary" ?disabled=${this.isBusy || left > 0}>${words.act}</button>
        <button type="button" class="button" @click=${() => this.dialog.close()}>${words.leave}</button></div></form></dialog>`;
  }

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.isBusy || this.#countdown.left > 0 || this.password === '') return;
    this.isBusy = true;
    this.error = null;
    try {
      await this.check(this.password);
      this.#end(true);
      this.dialog.close();
    } catch (error) {
      const wait = error instanceof RequestFailed ? error.waitSeconds : null;
      if (wait !== null) this.#countdown.start(wait);
      else this.error = sentence(error instanceof Error ? error.message : String(error));
    }
    this.isBusy = false;
  };

  #end(isRight: boolean): void {
    this.password = '';
    this.#answer?.(isRight);
    this.#answer = null;
  }
}
