import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { bytes, count, moment, rtt, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { addedMs, failureOf, rateNumber } from '../lib/speed-format.ts';
import { speedWords } from '../lib/words/speed.ts';
import './grade-mark.ts';

const words = speedWords.history;
const fewRows = 10;

/** Every test as a row, newest first; a failed one says why where the numbers would be. Emits `choose`. */
@customElement('ist-speed-table')
export class SpeedTable extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .scroll { overflow-x: auto; margin: 0 calc(-1 * var(--space-3)); }
      th button { border: 0; background: none; padding: 0; color: var(--accent); cursor: pointer; font: inherit; min-height: 28px; white-space: nowrap; } th button:hover { text-decoration: underline; }
      tr[aria-current] { box-shadow: inset 3px 0 var(--accent); }
      .reason { text-align: left; white-space: normal; color: var(--ink-2); } .reason span { display: inline-flex; gap: 7px; align-items: baseline; } .reason .marker { flex: none; }
      td:last-child, th:last-child { text-align: left; color: var(--ink-2); } .more { margin-top: var(--space-2); }
      @media (pointer: coarse) { th button { min-height: var(--touch); } }
      @media (max-width: 760px) {
        thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        tbody tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); padding: var(--space-2) 0; gap: 2px 0; } th, td { padding: 0 var(--space-3); text-align: left; white-space: normal; }
        tbody th, .reason { grid-column: 1 / -1; } td::before { content: attr(data-name) ' '; color: var(--ink-3); font-size: var(--text-12); display: block; } td.reason::before { display: none; }
        td:nth-child(4), td:nth-child(5), td:nth-child(6), td:nth-child(8), td:nth-child(n + 9), .reason ~ td { display: none; }
      }
    `,
  ];
  /** Newest first. */
  @property({ attribute: false }) tests: readonly SpeedTest[] = [];
  @property() selected: string | null = null;
  @property({ type: Boolean }) isAll = false;
  @property({ attribute: false }) nameOf: (test: SpeedTest) => string = () => '';
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    const rows = this.isAll ? this.tests : this.tests.slice(0, fewRows);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.table}><table><caption class="hidden-text">${words.table}</caption>
        <thead><tr>${words.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
        <tbody>${rows.map((test) => this.#row(test))}</tbody></table></div>
      ${
        this.tests.length > fewRows
          ? html`<button type="button" class="button more" title=${words.tableKey} @click=${() => this.dispatchEvent(new CustomEvent('all'))}>${this.isAll ? words.showLess : words.showAll(this.tests.length)}</button>`
          : nothing
      }`;
  }

  #row(test: SpeedTest): TemplateResult {
    const atMs = Date.parse(test.at);
    const isChosen = test.id === this.selected;
    return html`<tr aria-current=${isChosen ? 'true' : nothing}><th scope="row"><button type="button" title="${speedWords.result.select}: ${time(atMs, 'full')}"
        @click=${() => this.dispatchEvent(new CustomEvent('choose', { detail: test.id, bubbles: true }))}>${moment(atMs, this.nowMs)}</button></th>
      ${test.outcome === 'ok' ? this.#numbers(test) : this.#reason(test)}
      <td data-name=${words.columns[8] ?? ''}>${bytes(test.bytes)}</td><td data-name=${words.columns[9] ?? ''}>${this.nameOf(test)}</td></tr>`;
  }

  #numbers(test: SpeedTest): TemplateResult {
    const name = (index: number) => words.columns[index] ?? '';
    const number = (mbps: number | null) => (mbps === null ? '—' : rateNumber(mbps));
    return html`<td data-name=${name(1)}>${number(test.downloadMbps)}</td><td data-name=${name(2)}>${number(test.uploadMbps)}</td>
      <td data-name=${name(3)}>${rtt(test.idleMs)}</td>
      <td data-name=${name(4)}>${rtt(addedMs(test.loadedDownMs, test.idleMs))}</td><td data-name=${name(5)}>${rtt(addedMs(test.loadedUpMs, test.idleMs))}</td>
      <td data-name=${name(6)}>${test.grade === null ? '—' : html`<ist-grade .grade=${test.grade} short></ist-grade>`}</td>
      <td data-name=${name(7)}>${test.rpm === null ? '—' : count(test.rpm)}</td>`;
  }

  #reason(test: SpeedTest): TemplateResult {
    const isFailed = test.outcome === 'failed';
    const reason = failureOf(test) ?? '';
    const outcome = speedWords.outcome[test.outcome];
    return html`<td class="reason" colspan="7"><span>${marker(isFailed ? 'down' : 'unknown', 11)}<span>${reason.startsWith(outcome) ? reason : `${outcome}. ${reason}`}</span></span></td>`;
  }
}
