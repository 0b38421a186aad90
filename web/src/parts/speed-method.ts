import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { icon } from '../lib/icons.ts';
import { type FigureName, figuresOf, methodOf } from '../lib/speed-method.ts';
import { methodWords as words } from '../lib/words/speed-method.ts';

/** How one figure of a test came about: what was measured, how, when and with what. */
@customElement('ist-speed-method')
export class SpeedMethod extends LitElement {
  static override styles = [
    baseStyles,
    css`
      dialog { border: 0; border-radius: var(--radius); padding: var(--space-5); background: var(--surface); color: var(--ink); width: min(560px, calc(100vw - 24px)); max-height: calc(100dvh - 24px); overflow: auto; }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .head { display: flex; justify-content: space-between; gap: var(--space-3); align-items: start; } .head .button { width: 40px; padding: 0; justify-content: center; flex: none; }
      h2 { font-size: var(--text-20); } .value { font-size: var(--text-28); font-weight: 600; line-height: 1.3; } .how { margin: var(--space-2) 0 var(--space-4); font-size: var(--text-14); line-height: 1.55; }
      dl { display: grid; grid-template-columns: minmax(120px, 2fr) minmax(0, 3fr); gap: 6px var(--space-4); font-size: var(--text-14); } dt { color: var(--ink-3); } dd { overflow-wrap: anywhere; }
      @media (max-width: 560px) { dialog { padding: var(--space-4); } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; } }
    `,
  ];
  @property({ attribute: false }) test: SpeedTest | null = null;
  @state() private name: FigureName = 'download';
  @query('dialog') private dialog!: HTMLDialogElement;

  show(name: FigureName): void {
    this.name = name;
    this.dialog.showModal();
  }

  protected override render(): TemplateResult {
    const { test, name } = this;
    return html`<dialog aria-labelledby="title" @click=${this.#outside}>
      <div class="head"><h2 id="title">${words.names[name]}</h2><button type="button" class="button" aria-label=${words.close} title=${words.close} @click=${() => this.dialog.close()}>${icon('cross')}</button></div>
      ${test ? this.#method(test, name) : nothing}</dialog>`;
  }

  #method(test: SpeedTest, name: FigureName): TemplateResult {
    const { how, facts } = methodOf(name, test);
    const value = figuresOf(test).find((figure) => figure.name === name)?.value;
    return html`${value ? html`<p class="value">${value}</p>` : nothing}<p class="how">${how}</p>
      <dl>${facts.map(([fact, text]) => html`<dt>${fact}</dt><dd>${text}</dd>`)}</dl>`;
  }

  /** A click beside the dialog is one on its backdrop. */
  #outside = (event: MouseEvent): void => {
    if (event.target !== this.dialog) return;
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    const isInside =
      event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (!isInside) this.dialog.close();
  };
}
