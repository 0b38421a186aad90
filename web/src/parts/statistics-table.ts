import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { LatencyStatistics } from '../../../appliance/features/watch/latency/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, duration, rtt, share } from '../lib/format.ts';
import { statisticsLong, statisticsWords } from '../lib/words/latency.ts';

export interface StatisticsColumn {
  label: string;
  statistics: LatencyStatistics | null;
}

const rows: readonly [keyof typeof statisticsWords, (own: LatencyStatistics) => string][] = [
  ['median', (own) => rtt(own.p50Ms)],
  ['mean', (own) => rtt(own.meanMs)],
  ['min', (own) => rtt(own.minMs)],
  ['p95', (own) => rtt(own.p95Ms)],
  ['p99', (own) => rtt(own.p99Ms)],
  ['max', (own) => rtt(own.maxMs)],
  ['jitter', (own) => rtt(own.jitterMs)],
  ['pdv', (own) => rtt(own.pdvMs)],
  ['loss', (own) => (own.count === 0 ? '—' : share(own.lost / own.count))],
  ['lost', (own) => count(own.lost)],
  ['count', (own) => count(own.count)],
  ['late', (own) => count(own.late)],
  ['reordered', (own) => count(own.reordered)],
  ['duplicates', (own) => count(own.duplicates)],
  ['measured', (own) => duration(own.measuredSeconds * 1000)],
];

/** The statistics of the visible range, a column for every target. */
@customElement('ist-statistics')
export class StatisticsTable extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .scroll { overflow-x: auto; margin: var(--space-2) calc(-1 * var(--space-3)) 0; }
      tbody th { font-weight: 400; color: var(--ink-2); } td { font-weight: 500; }
      th:first-child { border-radius: 6px 0 0 6px; } td:last-child { border-radius: 0 6px 6px 0; }
      .main td { font-weight: 650; color: var(--ink); }
      dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(118px, 1fr)); gap: var(--space-4) var(--space-3); margin-top: var(--space-3); }
      dt { font-size: var(--text-12); color: var(--ink-3); } dd { font-size: var(--text-16); font-weight: 600; } .some dd { color: var(--down); }
      @media (max-width: 560px) { dl { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: var(--space-3) var(--space-2); } dd { font-size: var(--text-14); } }
      abbr { text-decoration: none; }
    `,
  ];

  @property({ attribute: false }) columns: readonly StatisticsColumn[] = [];

  protected override render(): TemplateResult {
    const only = this.columns.length === 1 ? this.columns[0] : undefined;
    return only ? this.#grid(only) : this.#table();
  }

  #grid(column: StatisticsColumn): TemplateResult {
    const own = column.statistics;
    return html`<h2>${statisticsWords.heading}</h2><dl>${rows.map(
      ([name, read]) => html`<div class=${name === 'loss' && own && own.lost > 0 ? 'some' : ''}>
        <dt title=${statisticsLong[name] ?? ''}>${statisticsWords[name]}</dt><dd>${own ? read(own) : '…'}</dd></div>`,
    )}</dl>`;
  }

  #table(): TemplateResult {
    return html`<h2>${statisticsWords.heading}</h2><div class="scroll"><table>
      <caption class="hidden-text">${statisticsWords.heading}</caption>
      <thead class=${this.columns.length > 1 ? '' : 'hidden-text'}><tr><th scope="col"><span class="hidden-text">${statisticsWords.name}</span></th>
        ${this.columns.map((column) => html`<th scope="col">${column.label}</th>`)}</tr></thead>
      <tbody>${rows.map(
        ([name, read]) => html`<tr class=${name === 'median' ? 'main' : ''}>
        <th scope="row"><abbr title=${statisticsLong[name] ?? ''}>${statisticsWords[name]}</abbr></th>
        ${this.columns.map((column) => html`<td>${column.statistics ? read(column.statistics) : '…'}</td>`)}</tr>`,
      )}</tbody>
    </table></div>`;
  }
}
