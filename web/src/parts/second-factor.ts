import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Enrolment } from '../../../appliance/features/keep/access/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { field } from '../lib/field.ts';
import { formStyles } from '../lib/form-styles.ts';
import { listStyles } from '../lib/list-styles.ts';
import { peopleWords } from '../lib/words/people.ts';
import './qr-code.ts';

const words = peopleWords.factor;
const nothingDone = async () => false;

/** Switches the code of an authenticator app on and off, and shows recovery codes once. */
@customElement('ist-second-factor')
export class SecondFactor extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    listStyles,
    css`
      :host { display: grid; gap: var(--space-3); justify-items: start; font-size: var(--text-14); }
      .codes { columns: 2; column-gap: var(--space-5); } .codes code { font-size: var(--text-14); }
      .steps { display: flex; gap: var(--space-5); flex-wrap: wrap; } .steps form { flex: 1 1 260px; align-content: start; }
    `,
  ];
  @property({ type: Boolean }) on = false;
  @property({ type: Number }) left = 0;
  @property({ attribute: false }) enrolment: Enrolment | null = null;
  @property({ attribute: false }) codes: readonly string[] | null = null;
  @property({ type: Boolean }) busy = false;
  @property({ attribute: false }) begin: () => Promise<boolean> = nothingDone;
  @property({ attribute: false }) finish: (code: string) => Promise<boolean> = nothingDone;
  @property({ attribute: false }) renew: () => Promise<boolean> = nothingDone;
  @property({ attribute: false }) drop: () => Promise<boolean> = nothingDone;
  @property({ attribute: false }) leave: () => void = () => undefined;
  @state() private code = '';

  protected override render(): TemplateResult {
    if (this.codes) return this.#once(this.codes);
    if (this.enrolment) return this.#enrol(this.enrolment);
    if (!this.on)
      return html`<p>${words.off}</p><button type="button" class="button" ?disabled=${this.busy} @click=${() => this.begin()}>${words.begin}</button>`;
    return html`<p>${words.on} ${words.left(this.left)}</p><div class="buttons">
      <button type="button" class="button" ?disabled=${this.busy} @click=${() => this.renew()}>${words.renew}</button>
      <button type="button" class="button" ?disabled=${this.busy} @click=${() => this.drop()}>${words.drop}</button></div>`;
  }

  #enrol({ qr, secret, uri }: Enrolment): TemplateResult {
    return html`<div class="steps"><ist-qr-code .rows=${qr} label=${words.qr}></ist-qr-code>
      <form novalidate @submit=${this.#send}><p>${words.scan}</p>
        <p class="note">${words.type} <code class="mono">${secret.match(/.{1,4}/g)?.join(' ') ?? secret}</code><br /><a href=${uri}>${words.open}</a></p>
        ${field({
          id: 'code',
          label: words.code,
          value: this.code,
          purpose: 'one-time-code',
          isDigits: true,
          isCode: true,
          isRequired: true,
          longest: 64,
          input: (value) => {
            this.code = value;
          },
        })}
        <div class="buttons"><button type="submit" class="button primary" ?disabled=${this.busy || this.code.trim() === ''}>${words.finish}</button>
          <button type="button" class="button" @click=${() => this.leave()}>${words.leave}</button></div></form></div>`;
  }

  #once(codes: readonly string[]): TemplateResult {
    return html`<div class="once" role="status"><p class="strong">${words.codes}</p><p>${words.codesLead}</p>
      <ul class="codes">${codes.map((code) => html`<li><code class="mono">${code}</code></li>`)}</ul>
      <button type="button" class="button" @click=${() => this.leave()}>${words.kept}</button></div>`;
  }

  #send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy || this.code.trim() === '') return;
    await this.finish(this.code.trim());
    this.code = ''; // right or wrong, it counts no second time
  };
}
