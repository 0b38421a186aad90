import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type {
  ClaimRequest,
  ClaimState,
  SessionInfo,
} from '../../../appliance/features/keep/access/schema.ts';
import { getJson, RequestFailed, sendJson } from '../lib/api.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { Countdown } from '../lib/countdown.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { duration, sentence } from '../lib/format.ts';
import { accessWords } from '../lib/words/access.ts';
import { doorStyles } from './door-styles.ts';

const words = accessWords.claim;
type Part = 'code' | 'name' | 'password' | 'all';

/** Shown instead of everything until the box has an owner; `/claim#ABCD-EFGH` brings the code along. */
@customElement('ist-claim')
export class ClaimPage extends LitElement {
  static override styles = [baseStyles, formStyles, doorStyles];
  @state() private code = codeOfAddress();
  @state() private name = 'owner';
  @state() private password = '';
  @state() private isShown = false;
  @state() private isBusy = false;
  @state() private hasOwner = false;
  @state() private error: { at: Part; text: string } | null = null;
  readonly #countdown = new Countdown(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  protected override firstUpdated(): void {
    this.#focus(this.code === '' ? 'code' : 'password');
  }

  /** The printed link stays in histories: it may be opened when the box is claimed long since. */
  async #look(): Promise<void> {
    try {
      this.hasOwner = (await getJson<ClaimState>('/api/claim')).isClaimed;
    } catch (error) {
      this.error = { at: 'all', text: textOf(error) };
    }
  }

  protected override render(): TemplateResult {
    if (this.hasOwner)
      return html`<section class="card"><h1>${words.hasOwner}</h1><p class="lead">${words.hasOwnerLead}</p>
        <a class="button primary" href="/">${words.goSignIn}</a>
        <p class="note">${words.reset} <code class="mono">ist claim --reset</code></p></section>`;
    return html`<section class="card"><h1>${words.title}</h1><p class="lead">${words.lead}</p>
        ${location.protocol === 'http:' ? html`<p class="note">${accessWords.plain}</p>` : nothing}
        ${this.#form()}</section>
      <section class="card"><h2>${words.where}</h2><ul class="places">${words.places.map(
        ([where, what, note]) =>
          html`<li><span>${where}</span><code class="mono">${what}</code><span class="note">${note}</span></li>`,
      )}</ul><p class="note">${words.proof}</p></section>`;
  }

  #form(): TemplateResult {
    const { left } = this.#countdown;
    const errorAt = (at: Part) => (this.error?.at === at ? this.error.text : null);
    const label = this.isBusy ? words.acting : words.act;
    return html`<form novalidate @submit=${this.#claim}>
      ${field({
        id: 'code',
        label: words.code,
        hint: words.codeHint,
        value: this.code,
        purpose: 'off',
        isCode: true,
        isRequired: true,
        longest: 64,
        error: errorAt('code'),
        input: (value) => {
          this.code = value;
        },
      })}
      ${field({
        id: 'name',
        label: words.name,
        hint: words.nameHint,
        value: this.name,
        purpose: 'username',
        longest: 40,
        error: errorAt('name'),
        input: (value) => {
          this.name = value;
        },
      })}
      ${field({
        id: 'password',
        label: words.password,
        hint: words.passwordHint,
        value: this.password,
        purpose: 'new-password',
        isRequired: true,
        error: errorAt('password'),
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
      ${errorAt('all') && left === 0 ? html`<p class="error" role="alert">${errorAt('all')}</p>` : nothing}
      ${left > 0 ? html`<p class="error" role="status">${accessWords.wait(duration(left * 1000))}</p>` : nothing}
      <button type="submit" class="button primary" ?disabled=${this.isBusy || left > 0}>${
        left > 0 ? accessWords.button(words.act, duration(left * 1000)) : label
      }</button></form>`;
  }

  #claim = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.isBusy || this.#countdown.left > 0) return;
    if (this.code.trim() === '') this.#fail('code', words.codeMissing);
    else if (this.password === '') this.#fail('password', words.passwordMissing);
    else await this.#send();
  };

  async #send(): Promise<void> {
    this.error = null;
    this.isBusy = true;
    const name = this.name.trim();
    const claim: ClaimRequest = { code: this.code, password: this.password, ...(name !== '' && { name }) };
    try {
      await sendJson<SessionInfo>('POST', '/api/claim', claim);
      location.replace('/');
    } catch (error) {
      this.isBusy = false;
      this.#explain(error);
    }
  }

  #explain(error: unknown): void {
    const { code = '', waitSeconds = null } = error instanceof RequestFailed ? error : {};
    const text = textOf(error);
    if (waitSeconds !== null) this.#countdown.start(waitSeconds);
    else if (code === 'ALREADY_CLAIMED') this.hasOwner = true;
    else if (code === 'CLAIM_CODE_WRONG') this.#fail('code', words.codeWrong);
    else if (code === 'PASSWORD_WEAK') this.#fail('password', text);
    else this.#fail(code === 'REQUEST_INVALID' && /\bname\b/.test(text) ? 'name' : 'all', text);
  }

  #fail(at: Part, text: string): void {
    this.error = { at, text };
    if (at !== 'all') this.#focus(at);
  }

  #focus(id: string): void {
    this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.focus();
  }
}

/** Read once and taken out of the address, so that it stays in no history and on no screenshot. */
function codeOfAddress(): string {
  if (location.pathname !== '/claim' || location.hash === '') return '';
  const { hash } = location;
  history.replaceState(null, '', '/claim');
  try {
    return decodeURIComponent(hash.slice(1)).slice(0, 64);
  } catch {
    return ''; // not what was printed
  }
}

function textOf(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}
