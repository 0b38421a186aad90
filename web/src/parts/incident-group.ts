import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Outage } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, moment } from '../lib/format.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { verdictWords } from '../lib/words/verdict.ts';

const words = incidentWords.group;

/** Makes one incident of several, or several of one. Emits `merge` with incident ids, `split` with outage ids. */
@customElement('ist-incident-group')
export class IncidentGroup extends LitElement {
  static override styles = [
    baseStyles,
    css`
      h2 { margin-bottom: var(--space-2); } fieldset { border: 0; padding: 0; margin: 0 0 var(--space-4); min-width: 0; } legend { padding: 0; font-size: var(--text-14); font-weight: 600; margin-bottom: var(--space-1); }
      label { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--space-2); align-items: center; min-height: 36px; font-size: var(--text-14); }
      input { width: 18px; height: 18px; accent-color: var(--accent); margin: 0; } small { color: var(--ink-3); font-size: var(--text-12); margin-left: 6px; }
      .button { margin-top: var(--space-2); } .button:disabled { opacity: 0.5; cursor: default; }
      @media (pointer: coarse) { label { min-height: var(--touch); } }
      @media print { :host { display: none; } }
    `,
  ];

  @property({ attribute: false }) incident!: Incident; // set by the page before the first rendering
  @property({ attribute: false }) outages: readonly Outage[] = [];
  @property({ attribute: false }) neighbours: readonly Incident[] = [];
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) busy = false;
  @state() private joined: ReadonlySet<number> = new Set();
  @state() private taken: ReadonlySet<number> = new Set();

  protected override render(): TemplateResult {
    const joined = this.neighbours.filter((one) => this.joined.has(one.id)).map((one) => one.id);
    const taken = this.outages.filter((one) => this.taken.has(one.id)).map((one) => one.id);
    return html`<h2>${words.heading}</h2>
      <fieldset><legend>${words.merge}</legend>
        ${this.neighbours.length === 0 ? html`<p class="note">${words.mergeNone}</p>` : nothing}
        ${this.neighbours.map((one) =>
          this.#choice(one, one.title, this.joined.has(one.id), () => {
            this.joined = toggled(this.joined, one.id);
          }),
        )}
        ${this.neighbours.length > 0 ? this.#button(words.mergeDo, joined.length === 0, 'merge', joined) : nothing}</fieldset>
      ${
        this.outages.length > 1
          ? html`<fieldset><legend>${words.split}</legend>
              ${this.outages.map((one) =>
                this.#choice(one, verdictWords.short[one.verdict], this.taken.has(one.id), () => {
                  this.taken = toggled(this.taken, one.id);
                }),
              )}
              ${taken.length === this.outages.length ? html`<p class="note">${words.splitAll}</p>` : nothing}
              ${this.#button(words.splitDo, taken.length === 0 || taken.length === this.outages.length, 'split', taken)}</fieldset>`
          : nothing
      }`;
  }

  #choice(
    one: { startedAt: string; endedAt: string | null },
    text: string,
    isChosen: boolean,
    toggle: () => void,
  ): TemplateResult {
    const startMs = Date.parse(one.startedAt);
    const endMs = one.endedAt === null ? this.nowMs : Date.parse(one.endedAt);
    return html`<label><input type="checkbox" .checked=${isChosen} @change=${toggle} /><span>${text}<small>${moment(startMs, this.nowMs)}, ${duration(endMs - startMs)}</small></span></label>`;
  }

  #button(text: string, isOff: boolean, name: string, ids: readonly number[]): TemplateResult {
    return html`<button type="button" class="button" ?disabled=${isOff || this.busy}
      @click=${() => this.dispatchEvent(new CustomEvent(name, { detail: ids }))}>${text}</button>`;
  }
}

function toggled(set: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
