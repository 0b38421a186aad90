import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { OutsideEntry } from '../../../appliance/features/keep/consent/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { bytes, count, moment, sentence } from '../lib/format.ts';
import { settingsWords } from '../lib/words/settings.ts';

const words = settingsWords.consent;

/** Everybody outside the house: services with their switches, then what is measured towards. */
@customElement('ist-consent-list')
export class ConsentList extends LitElement {
  static override styles = [
    baseStyles,
    css`
      ul { display: grid; gap: var(--space-2); } h3 { font-size: var(--text-14); margin: var(--space-4) 0 var(--space-2); }
      li { background: var(--inset); border-radius: var(--radius); padding: var(--space-3); display: grid; gap: 4px; font-size: var(--text-14); overflow-wrap: anywhere; }
      label { display: flex; gap: var(--space-3); align-items: center; font-weight: 600; min-height: var(--touch); } strong { font-weight: 600; }
      input { width: 22px; height: 22px; flex: none; accent-color: var(--accent); margin: 0; } .error { color: var(--down); font-weight: 500; }
    `,
  ];
  @property({ attribute: false }) services: readonly OutsideEntry[] = [];
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  @property({ attribute: false }) change: (id: string, isOn: boolean) => Promise<void> = async () =>
    undefined;
  @property({ type: Boolean }) busy = false;
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    const of = (kind: OutsideEntry['kind']) => this.services.filter((one) => one.kind === kind);
    return html`<ul>${of('service').map((one) => this.#entry(one))}</ul>
      ${of('probing').length === 0 ? nothing : html`<h3>${words.measured}</h3><ul>${of('probing').map((one) => this.#entry(one))}</ul>`}`;
  }

  #entry(one: OutsideEntry): TemplateResult {
    const problem = this.problems.get(one.id);
    return html`<li>${
      one.kind === 'service'
        ? html`<label><input type="checkbox" role="switch" .checked=${live(one.isOn)} ?disabled=${this.busy}
            @change=${(event: Event) => this.change(one.id, (event.currentTarget as HTMLInputElement).checked /* this input */)} />${one.name}</label>`
        : html`<strong>${one.name}</strong>`
    }<p>${sentence(one.purpose)} ${words.learns(sentence(one.learns))}</p>
      <p class="note">${[one.protocol, one.hosts.join(', '), words.bytes(bytes(one.bytesPerMonth)), ...this.#contact(one)].filter(Boolean).join(' · ')}</p>
      ${one.kind === 'probing' ? html`<p class="note">${words.setting(one.setting)}</p>` : nothing}
      ${problem === undefined ? nothing : html`<p class="error" role="alert">${problem}</p>`}</li>`;
  }

  #contact({ kind, lastContactAt, thisMonth }: OutsideEntry): string[] {
    if (kind === 'probing') return [];
    if (lastContactAt === null) return [words.never];
    const last = words.last(moment(Date.parse(lastContactAt), this.nowMs));
    if (thisMonth === null || thisMonth.contacts === 0) return [last];
    const { contacts, sentBytes, receivedBytes } = thisMonth;
    return [last, words.contacts(count(contacts), bytes(sentBytes + receivedBytes))];
  }
}
