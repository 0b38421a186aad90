import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { LatencyStatistics } from '../../../appliance/features/watch/latency/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, duration, rtt, share } from '../lib/format.ts';
import { words } from '../lib/words.ts';

export interface StatisticsColumn {
  label: string;
  statistics: LatencyStatistics | null;
}

const rows: readonly [keyof typeof words.statistics, (own: LatencyStatistics) => string][] = [
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
      .main td { font-weight: 650; color: var(--ink); } .some td { color: var(--down); }
      abbr { text-decoration: none; }
    `,
  ];

  @property({ attribute: false }) columns: readonly StatisticsColumn[] = [];

  protected override render(): TemplateResult {
    return html`<h2>${words.statistics.heading}</h2><div class="scroll"><table>
      <caption class="hidden-text">${words.statistics.heading}</caption>
      <thead class=${this.columns.length > 1 ? '' : 'hidden-text'}><tr><th scope="col"><span class="hidden-text">${words.statistics.name}</span></th>
        ${this.columns.map((column) => html`<th scope="col">${column.label}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, read]) => html`<tr class=${name === 'median' ? 'main' : ''}>
        <th scope="row"><abbr title=${words.statisticsLong[name] ?? ''}>${words.statistics[name]}</abbr></th>
        ${this.columns.map((column) => html`<td>${column.statistics ? read(column.statistics) : '…'}</td>`)}</tr>`)}</tbody>
    </table></div>`;
  }
}
