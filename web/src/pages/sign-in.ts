import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { SessionInfo, SignIn } from '../../../appliance/features/keep/access/schema.ts';
import { access } from '../lib/access.ts';
import { getJson, RequestFailed, sendJson } from '../lib/api.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { Countdown } from '../lib/countdown.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { duration, sentence } from '../lib/format.ts';
import { accessWords } from '../lib/words/access.ts';
import { doorStyles } from './door-styles.ts';

const words = accessWords.signIn;
type Part = 'password' | 'code' | 'all';

/** Shown in the place of a page that only people who are signed in may see; then the page itself comes. */
@customElement('ist-sign-in')
export class SignInPage extends LitElement {
  static override styles = [baseStyles, formStyles, doorStyles];
  @state() private name = '';
  @state() private password = '';
  @state() private code = '';
  @state() private asksCode = false;
  @state() private isRecovery = false;
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private mayLook = false;
  @state() private error: { at: Part; text: string } | null = null;
  readonly #countdown = new Countdown(this);
  #isCrowded = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#look);
    void this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#look);
  }

  protected override firstUpdated(): void {
    this.#focus('name');
  }

  /** Whoever has signed in beside, in another tab, need not do it twice. */
  #look = async (): Promise<void> => {
    if (document.hidden || this.isBusy) return;
    try {
      const session = await getJson<SessionInfo>('/api/session');
      if (session.kind === 'session' && !this.isBusy) location.reload();
      this.mayLook = session.scopes.includes('read');
    } catch (error) {
      this.error ??= { at: 'all', text: textOf(error) };
    }
  };

  protected override render(): TemplateResult {
    return html`<section class="card"><h1>${this.asksCode ? words.codeTitle : words.title}</h1>
      <p class="lead">${this.asksCode ? words.codeLead : words.lead}</p>
      ${access.reason ? html`<p class="error">${access.reason}</p>` : nothing}
      ${location.protocol === 'http:' && !this.asksCode ? html`<p class="note">${accessWords.plain}</p>` : nothing}
      <form novalidate @submit=${this.#signIn}>${this.asksCode ? this.#codeFields() : this.#passwordFields()}
        ${this.#problem()} ${this.#button()}</form>
      ${this.#ways()}
      <p class="note">${words.lost} <code class="mono">ist passwd</code></p></section>`;
  }

  #passwordFields(): TemplateResult {
    return html`${field({
      id: 'name',
      label: words.name,
      hint: words.nameHint,
      value: this.name,
      purpose: 'username',
      longest: 200,
      input: (value) => {
        this.name = value;
      },
    })}
    ${field({
      id: 'password',
      label: words.password,
      value: this.password,
      purpose: 'current-password',
      isRequired: true,
      error: this.#errorAt('password'),
      input: (value) => {
        this.password = value;
      },
      shown: {
        is: this.isShown,
        toggle: () => {
          this.isShown = !this.isShown;
        },
      },
    })}`;
  }

  #codeFields(): TemplateResult {
    return field({
      id: 'code',
      label: this.isRecovery ? words.recovery : words.code,
      value: this.code,
      purpose: this.isRecovery ? 'off' : 'one-time-code',
      isDigits: !this.isRecovery,
      isCode: true,
      isRequired: true,
      longest: 64,
      error: this.#errorAt('code'),
      ...(this.isRecovery && { hint: words.recoveryHint }),
      input: (value) => {
        this.code = value;
      },
    });
  }

  #problem(): TemplateResult | typeof nothing {
    const { left } = this.#countdown;
    const wait = this.#isCrowded ? accessWords.busy : accessWords.wait;
    if (left > 0) return html`<p class="error" role="status">${wait(duration(left * 1000))}</p>`;
    const text = this.#errorAt('all');
    return text === null ? nothing : html`<p class="error" role="alert">${text}</p>`;
  }

  #button(): TemplateResult {
    const { left } = this.#countdown;
    const label = this.isBusy ? words.acting : words.act;
    return html`<button type="submit" class="button primary" ?disabled=${this.isBusy || left > 0}>${
      left > 0 ? accessWords.button(words.act, duration(left * 1000)) : label
    }</button>`;
  }

  #ways(): TemplateResult | typeof nothing {
    if (this.asksCode)
      return html`<div><button type="button" class="button quiet" @click=${this.#otherCode}>${
        this.isRecovery ? words.useApp : words.useRecovery
      }</button></div><div><button type="button" class="button quiet" @click=${this.#begin}>${words.otherName}</button></div>`;
    if (!this.mayLook) return nothing;
    return html`<div><button type="button" class="button quiet" @click=${() => access.ask(false)}>${words.back}</button></div>`;
  }

  #signIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.isBusy || this.#countdown.left > 0) return;
    if (this.password === '') this.#fail('password', words.passwordMissing);
    else if (this.asksCode && this.code.trim() === '') this.#fail('code', words.codeMissing);
    else await this.#send();
  };

  async #send(): Promise<void> {
    this.error = null;
    this.isBusy = true;
    const name = this.name.trim();
    const sent: SignIn = {
      password: this.password,
      ...(name !== '' && { name }),
      ...(this.asksCode && { code: this.code.trim() }),
    };
    try {
      await sendJson<SessionInfo>('POST', '/api/login', sent);
      // The address still says where one was; a new page knows nothing of whoever looked before.
      location.reload();
    } catch (error) {
      this.isBusy = false;
      this.#explain(error);
    }
  }

  #explain(error: unknown): void {
    const { code = '', waitSeconds = null } = error instanceof RequestFailed ? error : {};
    if (waitSeconds !== null) {
      this.#isCrowded = code === 'SIGN_IN_BUSY';
      this.#countdown.start(waitSeconds);
    } else if (code === 'CODE_NEEDED') {
      this.asksCode = true;
      this.#focus('code');
    } else if (code === 'CODE_WRONG') {
      this.code = '';
      this.#fail('code', this.isRecovery ? words.recoveryWrong : textOf(error));
    } else if (code === 'SIGN_IN_WRONG') {
      this.#begin();
      this.#fail('password', words.wrong);
    } else this.#fail('all', textOf(error));
  }

  #begin = (): void => {
    this.asksCode = false;
    this.code = '';
    this.error = null;
    this.#focus('name');
  };

  #otherCode = (): void => {
    this.isRecovery = !this.isRecovery;
    this.code = '';
    this.error = null;
    this.#focus('code');
  };

  #errorAt(at: Part): string | null {
    return this.error?.at === at ? this.error.text : null;
  }

  #fail(at: Part, text: string): void {
    this.error = { at, text };
    if (at !== 'all') this.#focus(at);
  }

  /** Once what has just changed is drawn. */
  #focus(id: string): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.focus());
  }
}

function textOf(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}
