import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SessionList } from '../../../appliance/features/keep/access/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { browserName } from '../lib/browser-name.ts';
import { date, moment, time } from '../lib/format.ts';
import { listStyles } from '../lib/list-styles.ts';
import { peopleWords } from '../lib/words/people.ts';

const words = peopleWords.sessions;

/** Where somebody is signed in, each with a button that ends it. */
@customElement('ist-session-list')
export class SessionEntries extends LitElement {
  static override styles = [baseStyles, listStyles, css`.here { color: var(--up); font-weight: 600; }`];
  @property({ attribute: false }) sessions: SessionList['sessions'] = [];
  @property({ attribute: false }) end: (id: string) => Promise<boolean> = async () => false;
  @property({ attribute: false }) endOthers: () => Promise<boolean> = async () => false;
  @property({ type: String }) me = '';
  @property({ type: Boolean }) busy = false;
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    const others = this.sessions.filter((one) => !one.isCurrent && one.name === this.me);
    return html`<ul class="list">${this.sessions.map((one) => this.#entry(one))}</ul>
      ${
        others.length === 0
          ? nothing
          : html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.endOthers()}>${words.endOthers}</button>`
      }`;
  }

  #entry(one: SessionList['sessions'][number]): TemplateResult {
    const name = browserName(one.agent) || words.unnamed;
    return html`<li><div><p class="strong" title=${one.agent}>${one.name === this.me ? name : words.of(one.name, name)}</p>
        <p class="note">${one.isCurrent ? html`<span class="here">${words.here}</span> · ` : nothing}${one.address} ·
          <span title=${time(Date.parse(one.seenAt), 'full')}>${words.seen(moment(Date.parse(one.seenAt), this.nowMs))}</span> ·
          <span title=${time(Date.parse(one.expiresAt), 'full')}>${words.until(date(Date.parse(one.expiresAt)))}</span></p></div>
      ${
        one.isCurrent
          ? nothing
          : html`<button type="button" class="button" aria-label=${words.endNamed(name)} ?disabled=${this.busy}
              @click=${() => this.end(one.id)}>${words.end}</button>`
      }</li>`;
  }
}
