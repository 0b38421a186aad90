import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { inviteWords as words } from '../lib/words/wifi.ts';
import './qr-code.ts';

const path = '/wifi-test';

/** How a phone gets to the Wi-Fi test: a link for this device, the address and a code for another. */
@customElement('ist-wifi-invite')
export class WifiInvite extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-3); font-size: var(--text-14); }
      code { overflow-wrap: anywhere; user-select: all; font-weight: 600; } .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); }
      .buttons .button { min-height: var(--touch); } ist-qr-code { width: 200px; }
    `,
  ];
  @state() private rows: readonly string[] | null = null;
  @state() private hasFailed = false;

  protected override render(): TemplateResult {
    const address = location.origin + path;
    const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
    return html`<h2>${words.heading}</h2><p>${words.lead}</p><p><code>${address}</code></p>
      ${isLocal ? html`<p class="note">${words.local}</p>` : nothing}
      <div class="buttons"><a class="button" href=${path}>${words.open}</a>
        <button type="button" class="button" aria-expanded=${this.rows !== null} @click=${() => void this.#toggle(address)}>${this.rows ? words.hide : words.code}</button></div>
      ${this.rows ? html`<ist-qr-code .rows=${this.rows} label=${words.qr}></ist-qr-code>` : nothing}
      ${this.hasFailed ? html`<p class="note" role="status">${words.failed}</p>` : nothing}`;
  }

  async #toggle(address: string): Promise<void> {
    if (this.rows) {
      this.rows = null;
      return;
    }
    try {
      const { qrRows } = await import('../lib/qr.ts');
      this.rows = qrRows(address);
      this.hasFailed = false;
    } catch {
      this.hasFailed = true;
    }
  }
}
