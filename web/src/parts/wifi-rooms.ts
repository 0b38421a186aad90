import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { ago, rate } from '../lib/speed-format.ts';
import type { RoomResult } from '../lib/wifi/rooms.ts';
import { wifiWords } from '../lib/words/wifi.ts';

const words = wifiWords.rooms;

/** What was measured in each room, as bars that can be compared at a glance. Emits `remove` and `clear`. */
@customElement('ist-wifi-rooms')
export class WifiRooms extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-3); } .head { display: flex; justify-content: space-between; gap: var(--space-3); align-items: center; }
      ul { display: grid; gap: var(--space-2); } li { background: var(--inset); border-radius: var(--radius); padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3); display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px var(--space-3); align-items: center; font-size: var(--text-14); }
      .name { font-weight: 600; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 2px var(--space-3); align-items: center; } .tag { display: inline-flex; gap: 5px; align-items: center; font-size: var(--text-12); font-weight: 500; color: var(--ink-2); }
      .numbers { font-size: var(--text-12); color: var(--ink-2); } .numbers b { color: var(--ink); font-weight: 600; } svg.bar { display: block; width: 100%; height: 8px; } .track { fill: var(--surface); } .value { fill: var(--series-internet); }
      .gone { width: 44px; min-height: 44px; padding: 0; justify-content: center; background: none; grid-row: span 3; }
    `,
  ];
  /** Newest first. */
  @property({ attribute: false }) rooms: readonly RoomResult[] = [];
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    const { rooms } = this;
    return html`<div class="head"><h2>${words.heading}</h2>${rooms.length > 1 ? html`<button type="button" class="button" @click=${() => this.dispatchEvent(new CustomEvent('clear'))}>${words.clear}</button>` : nothing}</div>
      <p class="note">${words.lead}</p>
      ${rooms.length === 0 ? html`<p class="muted">${words.empty}</p>` : html`<ul>${rooms.map((room, index) => this.#room(room, index))}</ul>`}`;
  }

  #room(room: RoomResult, index: number): TemplateResult {
    const rates = this.rooms.map((one) => one.downMbps ?? 0);
    const highest = Math.max(...rates);
    const lowest = Math.min(...rates);
    const own = room.downMbps ?? 0;
    const isTold = this.rooms.length > 1 && highest > lowest;
    const tag = isTold && own === highest ? words.best : isTold && own === lowest ? words.weakest : null;
    return html`<li><span class="name">${room.room}${tag ? html`<span class="tag">${marker(tag === words.best ? 'up' : 'degraded', 10)}${tag}</span>` : nothing}</span>
      <button type="button" class="button gone" aria-label=${words.remove(room.room)} title=${words.remove(room.room)} @click=${() => this.dispatchEvent(new CustomEvent('remove', { detail: index }))}>${icon('cross', 16)}</button>
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${svg`<rect class="track" width="100" height="8" rx="2" /><rect class="value" width=${highest > 0 ? (100 * own) / highest : 0} height="8" />`}</svg>
      <span class="numbers"><b>${rate(room.downMbps)}</b> ↓ <b>${rate(room.upMbps)}</b> ↑ · ${rtt(room.idleMs)} · ${ago(room.atMs, this.nowMs)}</span></li>`;
  }
}
