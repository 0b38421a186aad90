import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { accessWords } from './words/access.ts';

/** What browsers and password managers are told about a field. */
type Purpose = 'username' | 'current-password' | 'new-password' | 'one-time-code' | 'off';

export interface Field {
  id: string;
  label: string;
  value: string;
  purpose: Purpose;
  input(value: string): void;
  hint?: string;
  error?: string | null;
  placeholder?: string;
  isRequired?: boolean;
  isDigits?: boolean;
  isCode?: boolean;
  longest?: number;
  /** For a password: whether it can be read, and what changes that. */
  shown?: { is: boolean; toggle(): void };
}

/** A labelled input with its hint and its error; a password comes with a button that shows it. */
export function field(one: Field): TemplateResult {
  const isHidden = one.shown !== undefined && !one.shown.is;
  const notes = [one.hint ? `${one.id}-hint` : '', one.error ? `${one.id}-error` : ''].filter(Boolean);
  return html`<div class="field"><label for=${one.id}>${one.label}</label>
    <div class="row"><input id=${one.id} name=${one.id} class=${one.isCode ? 'mono' : ''} type=${isHidden ? 'password' : 'text'}
      .value=${live(one.value)} autocomplete=${one.purpose} placeholder=${one.placeholder ?? nothing} maxlength=${one.longest ?? 1024}
      inputmode=${one.isDigits ? 'numeric' : nothing} autocapitalize=${one.isCode ? 'characters' : 'none'} autocorrect="off" spellcheck="false"
      ?required=${one.isRequired ?? false} aria-invalid=${one.error ? 'true' : nothing} aria-describedby=${notes.join(' ') || nothing}
      @input=${(event: InputEvent) => one.input((event.currentTarget as HTMLInputElement).value /* the input above */)} />
      ${
        one.shown
          ? html`<button type="button" class="button" aria-pressed=${one.shown.is ? 'true' : 'false'} aria-controls=${one.id}
              @click=${one.shown.toggle}>${accessWords.show}</button>`
          : nothing
      }</div>
    ${one.hint ? html`<p class="hint" id="${one.id}-hint">${one.hint}</p>` : nothing}
    ${one.error ? html`<p class="error" id="${one.id}-error" role="alert">${one.error}</p>` : nothing}</div>`;
}
