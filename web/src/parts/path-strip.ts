import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Station } from '../../../appliance/features/judge/state/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt, share } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { hasSecondTrack, type PathStation } from '../lib/path.ts';
import { words } from '../lib/words.ts';

/** You — Router — Provider — Internet — Names: the state of each part of the way in colour, shape and word. */
@customElement('ist-path-strip')
export class PathStrip extends LitElement {
  static override styles = [
    baseStyles,
    css`
      ol { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); --badge: 56px; }
      li { position: relative; text-align: center; }
      a, .box { display: grid; justify-items: center; color: inherit; border-radius: var(--radius); padding-bottom: var(--space-1); }
      a:hover { text-decoration: none; } a:hover .badge { background: var(--tint-strong, var(--tint)); outline: 2px solid var(--state); }
      .up { --state: var(--up); --tint: var(--up-tint); } .degraded { --state: var(--degraded); --tint: var(--degraded-tint); }
      .down { --state: var(--down); --tint: var(--down-tint); } .unknown { --state: var(--unknown); --tint: var(--unknown-tint); }
      .badge { position: relative; width: var(--badge); height: var(--badge); border-radius: 50%; display: grid; place-items: center; background: var(--tint); color: var(--state); transition: outline-color var(--motion); z-index: 1; }
      .badge .marker { position: absolute; right: -3px; bottom: -3px; padding: 2px; width: 20px; height: 20px; background: var(--surface); border-radius: 50%; }
      .link { position: absolute; top: calc(var(--badge) / 2 - 2px); right: calc(50% + var(--badge) / 2 + 6px); width: calc(100% - var(--badge) - 12px); height: 4px; border-radius: 2px; background: var(--state); }
      .link.degraded { background: repeating-linear-gradient(90deg, var(--state) 0 12px, transparent 12px 18px); }
      .link.unknown { background: repeating-linear-gradient(90deg, var(--state) 0 3px, transparent 3px 9px); }
      .link.down { background: linear-gradient(90deg, var(--state) 0 calc(50% - 12px), transparent 0 calc(50% + 12px), var(--state) 0); }
      .link.down::before, .link.down::after { content: ''; position: absolute; left: calc(50% - 8px); top: 0; width: 16px; height: 4px; border-radius: 2px; background: var(--state); transform: rotate(45deg); }
      .link.down::after { transform: rotate(-45deg); }
      .name { margin-top: var(--space-2); font-weight: 600; font-size: var(--text-14); }
      .word { font-size: var(--text-12); color: var(--state); font-weight: 600; }
      .numbers { margin-top: 2px; font-size: var(--text-20); font-weight: 600; line-height: 1.25; color: var(--live-ink, var(--ink)); white-space: nowrap; }
      .loss { font-size: var(--text-12); color: var(--ink-3); min-height: 1.45em; white-space: nowrap; } .numbers:empty { min-height: 1.25em; } .box { padding-bottom: var(--space-1); }
      .loss.some { color: var(--down); font-weight: 600; }
      .second { position: relative; margin-top: var(--space-2); padding-top: 2px; min-height: 32px; align-content: start; font-size: var(--text-12); color: var(--ink-2); display: grid; justify-items: center; gap: 1px; }
      .second .thin { position: absolute; top: 6px; right: calc(50% + 10px); width: calc(100% - 20px); height: 2px; background: var(--state); }
      .second .thin.through { right: calc(50% - 10px); width: 100%; }
      li:nth-child(2) .second .thin { width: calc(100% - 36px); } li:nth-child(2) .second .thin.through { width: calc(100% - 16px); }
      .second .marker { margin-top: 0; }
      .second.degraded .thin, .second.unknown .thin { background: repeating-linear-gradient(90deg, var(--state) 0 4px, transparent 4px 8px); }
      .second.down .thin { background: repeating-linear-gradient(90deg, var(--state) 0 2px, transparent 2px 8px); }
      .second .label { font-weight: 600; color: var(--ink-2); margin-top: -4px; }
      :host([compact]) ol { --badge: 36px; } :host([compact]) .name, :host([compact]) .word, :host([compact]) .loss { font-size: var(--text-12); } :host([compact]) .numbers { font-size: var(--text-14); }
      :host([compact]) .link { height: 3px; top: calc(var(--badge) / 2 - 1.5px); } :host([compact]) .link.down { background: none; } :host([compact]) .link.down::before, :host([compact]) .link.down::after { height: 3px; }
      :host([compact]) .badge .icon { width: 18px; height: 18px; } :host([compact]) .badge .marker { width: 15px; height: 15px; } :host([compact]) .name { margin-top: var(--space-1); }
      @media (max-width: 560px) {
        ol { --badge: 44px; margin: 0 calc(-1 * var(--space-2)); }
        .name, .word { font-size: var(--text-12); } .numbers { font-size: var(--text-14); }
        .link { height: 3px; right: calc(50% + var(--badge) / 2 + 4px); width: calc(100% - var(--badge) - 8px); top: calc(var(--badge) / 2 - 1.5px); }
        .link.down { background: none; } .link.down::before, .link.down::after { height: 3px; }
        .badge .icon { width: 22px; height: 22px; } .badge .marker { width: 17px; height: 17px; }
      }
    `,
  ];

  @property({ attribute: false }) stations: readonly PathStation[] = [];
  /** Smaller, for a picture that stands still. */
  @property({ type: Boolean, reflect: true }) compact = false;
  /** The box's own network interface, shown under "You". */
  @property() interface = '';

  protected override render(): TemplateResult {
    const second = hasSecondTrack(this.stations);
    return html`<ol>${this.stations.map((station, index) => this.#station(station, index, second))}</ol>`;
  }

  #station(station: PathStation, index: number, hasSecond: boolean): TemplateResult {
    const body = html`
      <span class="badge">${icon(station.segment, 28)}${marker(station.state, 14)}</span>
      <span class="name">${words.segment[station.segment]}</span>
      <span class="word">${words.state[station.state]}</span>
      ${station.segment === 'you' ? html`<span class="numbers"></span><span class="loss">${this.interface}</span>` : this.#numbers(station.main)}
    `;
    const target = station.main?.target ?? station.second?.target;
    return html`<li class=${station.state}>
      ${index > 0 ? html`<span class="link ${station.state}"></span>` : nothing}
      ${
        target
          ? html`<a href="/latency?target=${target}" title=${words.segmentLong[station.segment]}>${body}</a>`
          : html`<span class="box" title=${words.segmentLong[station.segment]}>${body}</span>`
      }
      ${hasSecond ? this.#secondTrack(station) : nothing}
    </li>`;
  }

  #numbers(main: Station | null): TemplateResult {
    if (!main || main.lossRatio === null) {
      return html`<span class="numbers">—</span><span class="loss">${words.now.notMeasured}</span>`;
    }
    const answer = main.rttMs === null ? words.now.noAnswer : rtt(main.rttMs);
    return html`<span class="numbers">${main.rttMs === null ? '—' : answer}</span>
      <span class="loss ${main.lossRatio > 0 ? 'some' : ''}">${
        main.rttMs === null && main.lossRatio === 1 ? answer : words.now.lossMinute(share(main.lossRatio))
      }</span>`;
  }

  #secondTrack(station: PathStation): TemplateResult {
    if (station.segment === 'you')
      return html`<div class="second"><span class="label">${words.family.ipv6}</span></div>`;
    const { second, secondLink } = station;
    if (secondLink === null) return html`<div class="second"></div>`;
    const link = html`<span class="thin ${second ? '' : 'through'}"></span>`;
    if (!second) return html`<div class="second ${secondLink}">${link}</div>`;
    return html`<div class="second ${secondLink}">${link}${marker(second.state, 10)}
      <span><span class="hidden-text">${words.family.ipv6} ${words.state[second.state]}</span> ${rtt(second.rttMs)}</span></div>`;
  }
}
