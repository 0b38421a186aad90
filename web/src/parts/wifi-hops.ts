import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { ago, rate } from '../lib/speed-format.ts';
import type { Slower } from '../lib/wifi/hops.ts';
import type { WifiResult } from '../lib/wifi/measure.ts';
import { speedWords } from '../lib/words/speed.ts';
import { wifiWords } from '../lib/words/wifi.ts';

const words = wifiWords.hops;
const ownHop = matchMedia('(pointer: coarse)').matches ? words.wifiPhone : words.wifi;

interface Hop {
  downMbps: number | null;
  upMbps: number | null;
  idleMs: number | null;
  loadedMs: number | null;
}

/** Two hops side by side: this device to the box, the box to the provider. What goes into the second is slotted. */
@customElement('ist-wifi-hops')
export class WifiHops extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .hops { display: grid; grid-template-columns: 1fr 1fr; gap: var(--space-2); }
      .hop { background: var(--inset); border-radius: var(--radius); padding: var(--space-3); display: grid; gap: var(--space-2); align-content: start; border-top: 4px solid transparent; min-width: 0; }
      .hop.slower { border-color: var(--degraded); background: var(--degraded-tint); } h2 { font-size: var(--text-14); font-weight: 600; line-height: 1.3; min-height: 2.6em; display: flex; gap: 6px; } h2 .icon { flex: none; color: var(--ink-2); }
      dl { display: grid; grid-template-columns: 1fr; gap: 6px; } dt { font-size: var(--text-12); color: var(--ink-2); } dd { font-size: var(--text-20); font-weight: 600; line-height: 1.2; }
      .minor dd { font-size: var(--text-14); font-weight: 500; } .tag { display: inline-flex; gap: 6px; align-items: center; font-size: var(--text-12); font-weight: 600; } .empty { color: var(--ink-2); font-size: var(--text-14); }
    `,
  ];
  @property({ attribute: false }) wifi: WifiResult | null = null;
  @property({ attribute: false }) internet: SpeedTest | null = null;
  @property() slower: Slower = 'unknown';
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) namesLine = false;
  /** Nobody has signed in, so the second hop is not told. */
  @property({ type: Boolean }) isGuest = false;

  protected override render(): TemplateResult {
    const { wifi, internet } = this;
    return html`<div class="hops" role="group" aria-label=${words.heading}>
      ${this.#hop('wifi', ownHop, wifi && hopOf(wifi), wifi ? words.when(ago(wifi.atMs, this.nowMs)) : words.notYet)}
      ${this.#hop('internet', words.internet, internet && hopOfTest(internet), internet ? this.#about(internet) : this.isGuest ? words.closed : words.never)}</div>`;
  }

  #about(test: SpeedTest): string {
    const when = words.when(ago(Date.parse(test.at), this.nowMs));
    const line = this.namesLine ? ` · ${words.line(test.line)}` : '';
    return `${when} ${speedWords.with(speedWords.engine[test.engine], test.server)}${line}`;
  }

  #hop(name: 'wifi' | 'internet', title: string, hop: Hop | null, about: string): TemplateResult {
    const isSlower = this.slower === name;
    return html`<section class="hop ${isSlower ? 'slower' : ''}"><h2>${icon(name === 'wifi' ? 'gateway' : 'anchor')}${title}</h2>
      ${isSlower ? html`<span class="tag">${marker('degraded', 11)}${words.slower}</span>` : nothing}
      ${hop ? this.#figures(hop) : nothing}<p class="empty">${about}</p><slot name=${name}></slot></section>`;
  }

  #figures({ downMbps, upMbps, idleMs, loadedMs }: Hop): TemplateResult {
    return html`<dl><div><dt>${words.down}</dt><dd>${rate(downMbps)}</dd></div><div><dt>${words.up}</dt><dd>${rate(upMbps)}</dd></div>
      <div class="minor"><dt>${words.idle}</dt><dd>${rtt(idleMs)}</dd></div><div class="minor"><dt>${words.loaded}</dt><dd>${rtt(loadedMs)}</dd></div></dl>`;
  }
}

function hopOf({ downMbps, upMbps, idleMs, loadedDownMs, loadedUpMs }: WifiResult): Hop {
  return { downMbps, upMbps, idleMs, loadedMs: larger(loadedDownMs, loadedUpMs) };
}

function hopOfTest({ downloadMbps, uploadMbps, idleMs, loadedDownMs, loadedUpMs }: SpeedTest): Hop {
  return { downMbps: downloadMbps, upMbps: uploadMbps, idleMs, loadedMs: larger(loadedDownMs, loadedUpMs) };
}

function larger(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
