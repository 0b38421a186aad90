import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PushDevice, PushState } from '../../../appliance/features/tell/push/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { browserName } from '../lib/browser-name.ts';
import { date, moment } from '../lib/format.ts';
import { listStyles } from '../lib/list-styles.ts';
import type { Obstacle } from '../lib/push.ts';
import { peopleWords } from '../lib/words/people.ts';
import { pushWords as words } from '../lib/words/push.ts';

/** The browsers that get messages, and the button that adds this one. */
@customElement('ist-push-list')
export class PushList extends LitElement {
  static override styles = [
    baseStyles,
    listStyles,
    css`:host { display: grid; gap: var(--space-3); } .here { color: var(--up); font-weight: 600; } .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); } .warn { color: var(--ink-2); font-size: var(--text-14); } .warn a { text-decoration: underline; }`,
  ];
  @property({ attribute: false }) state: PushState | null = null;
  @property({ attribute: false }) own: PushDevice | null = null;
  @property({ attribute: false }) obstacle: Obstacle | null = null;
  @property({ type: Boolean }) busy = false;
  @property({ type: Number }) nowMs = 0;
  @property({ attribute: false }) subscribe: () => Promise<void> = async () => undefined;
  @property({ attribute: false }) test: (device: number) => Promise<void> = async () => undefined;
  @property({ attribute: false }) dismiss: (device: number) => Promise<void> = async () => undefined;

  protected override render(): TemplateResult {
    const { state } = this;
    if (!state) return html`<p class="muted" aria-busy="true">${words.loading}</p>`;
    return html`${
      state.devices.length === 0
        ? html`<p class="muted">${words.none}</p>`
        : html`<ul class="list">${state.devices.map((one) => this.#entry(one))}</ul>`
    }${this.#offer()}`;
  }

  #offer(): TemplateResult | typeof nothing {
    if (this.obstacle) return html`<p class="warn">${words.obstacle[this.obstacle]}</p>`;
    if (this.own) return nothing;
    return html`<div><button type="button" class="button" ?disabled=${this.busy} @click=${() => this.subscribe()}>${words.subscribe}</button></div>`;
  }

  #entry(one: PushDevice): TemplateResult {
    const name = browserName(one.agent) || peopleWords.sessions.unnamed;
    const carrier = this.state?.carriers.find(({ id }) => id === one.carrier);
    return html`<li><div><p class="strong" title=${one.agent}>${name}</p>
        <p class="note">${one.id === this.own?.id ? html`<span class="here">${words.here}</span> · ` : nothing}${words.since(date(Date.parse(one.createdAt)))}${
          one.lastSentAt && one.problem === null
            ? html` · ${words.sent(moment(Date.parse(one.lastSentAt), this.nowMs))}`
            : nothing
        }</p>
        ${one.problem ? html`<p class="warn">${words.failed(one.problem)}</p>` : nothing}
        ${
          carrier && !carrier.isOn
            ? html`<p class="warn">${words.off(carrier.name)} <a href="/settings">${words.toSettings}</a></p>`
            : nothing
        }</div>
      <div class="buttons">${
        carrier?.isOn
          ? html`<button type="button" class="button" aria-label=${words.testNamed(name)} ?disabled=${this.busy} @click=${() => this.test(one.id)}>${words.test}</button>`
          : nothing
      }<button type="button" class="button" aria-label=${words.removeNamed(name)} ?disabled=${this.busy} @click=${() => this.dismiss(one.id)}>${words.remove}</button></div></li>`;
  }
}
