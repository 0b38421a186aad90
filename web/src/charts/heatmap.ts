import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { count, rtt, share } from '../lib/format.ts';
import { heatWords } from '../lib/words/latency.ts';
import { words } from '../lib/words.ts';
import { type HeatCell, type HeatMetric, heatLimits, heatStep, heatValue } from './heat-maths.ts';

const days = [0, 1, 2, 3, 4, 5, 6] as const;
const hours = Array.from({ length: 24 }, (_, hour) => hour);
const metrics: readonly HeatMetric[] = ['p50', 'p95', 'loss'];

/** Seven days by 24 hours in local time. It is a table, so it is its own text equivalent. */
@customElement('ist-heatmap')
export class Heatmap extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .head { display: flex; flex-wrap: wrap; gap: var(--space-2); justify-content: space-between; align-items: center; }
      .metrics { display: flex; gap: 2px; } .metrics .button { background: none; padding: 0 10px; font-size: var(--text-12); }
      .metrics .button[aria-pressed="true"] { background: var(--accent-tint); }
      table { table-layout: fixed; margin-top: var(--space-2); border-collapse: separate; border-spacing: 2px; }
      th, td { padding: 0; text-align: center; } tbody tr:nth-child(odd) { background: none; }
      th:first-child { width: 34px; text-align: left; }
      thead th { font-size: var(--text-12); color: var(--ink-3); font-weight: 400; white-space: nowrap; overflow: visible; text-align: left; }
      tbody th { font-size: var(--text-12); color: var(--ink-2); font-weight: 400; }
      td { height: 26px; border-radius: 3px; position: relative; box-shadow: inset 0 0 0 1px var(--line); }
      td:hover { outline: 2px solid var(--ink); outline-offset: -1px; }
      td[class^="s"] { box-shadow: none; }
      .s0 { background: var(--heat-0); --on: var(--heat-ink-low); } .s1 { background: var(--heat-1); --on: var(--heat-ink-low); } .s2 { background: var(--heat-2); --on: var(--heat-ink-2); }
      .s3 { background: var(--heat-3); --on: var(--heat-ink-high); } .s4 { background: var(--heat-4); --on: var(--heat-ink-high); }
      .silent { background: var(--down); --on: var(--surface); }
      td { font-size: var(--text-12); color: var(--on, var(--ink)); line-height: 1; }
      :host { container-type: inline-size; }
      @container (min-width: 900px) { td { height: 30px; } td .number { position: static; width: auto; height: auto; margin: 0; clip-path: none; } }
      .legend { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-3); margin-top: var(--space-2); font-size: var(--text-12); color: var(--ink-2); align-items: center; }
      .legend span { display: inline-flex; align-items: center; gap: 6px; }
      .legend i { width: 16px; height: 12px; border-radius: 3px; }
      .legend .none { box-shadow: inset 0 0 0 1px var(--line); }
      .told { min-height: 20px; font-size: var(--text-12); color: var(--ink-2); margin-top: var(--space-2); }
      @media (max-width: 560px) { table { border-spacing: 1px; } td { height: 30px; border-radius: 2px; } th:first-child { width: 28px; } }
    `,
  ];

  @property({ attribute: false }) cells: readonly HeatCell[] = [];
  @property() zone = '';
  @property() heading = '';
  @state() private metric: HeatMetric = 'p50';
  @state() private told = '';

  protected override render(): TemplateResult {
    const limits = heatLimits(this.cells, this.metric);
    const byPlace = new Map(this.cells.map((cell) => [cell.day * 24 + cell.hour, cell]));
    return html`
      <div class="head"><h2>${this.heading}</h2><div class="metrics" role="group" aria-label=${heatWords.shows}>
        ${metrics.map(
          (metric) => html`<button type="button" class="button" aria-pressed=${this.metric === metric}
          @click=${() => {
            this.metric = metric;
          }}>${heatWords.metric[metric]}</button>`,
        )}</div></div>
      <table @mouseleave=${() => {
        this.told = '';
      }}>
        <caption class="hidden-text">${this.heading}, ${heatWords.metric[this.metric]}</caption>
        <thead><tr><th scope="col"><span class="hidden-text">${heatWords.day}</span></th>
          ${hours.map((hour) => html`<th scope="col">${hour % 6 === 0 ? String(hour).padStart(2, '0') : html`<span class="hidden-text">${hour}</span>`}</th>`)}</tr></thead>
        <tbody>${days.map(
          (day) => html`<tr><th scope="row">${heatWords.days[day]}</th>
          ${hours.map((hour) => this.#cell(byPlace.get(day * 24 + hour), day, hour, limits))}</tr>`,
        )}</tbody>
      </table>
      ${this.#legend(limits)}
      <p class="told" aria-hidden="true">${this.told || heatWords.zone(this.zone, this.cells.length)}</p>
    `;
  }

  #cell(cell: HeatCell | undefined, day: number, hour: number, limits: readonly number[]): TemplateResult {
    const value = cell ? heatValue(cell, this.metric) : null;
    const isSilent =
      cell !== undefined && cell.count > 0 && cell.lost >= cell.count && this.metric !== 'loss';
    const look = isSilent ? 'silent' : value === null ? '' : `s${heatStep(value, limits)}`;
    const text = !cell ? words.chart.notMeasured : isSilent ? heatWords.silent : this.#text(value);
    const tell = () => {
      const when = `${heatWords.days[day]} ${String(hour).padStart(2, '0')}–${String(hour + 1).padStart(2, '0')} h`;
      const detail = cell
        ? heatWords.detail(rtt(cell.p50Ms), rtt(cell.p95Ms), share(cell.lost / cell.count), count(cell.count))
        : text;
      this.told = `${when}: ${detail}`;
    };
    return html`<td class=${look} @mouseenter=${tell} @click=${tell}><span class="hidden-text ${look ? 'number' : ''}">${this.#short(text)}</span></td>`;
  }

  /** The unit stands in the legend. */
  #short(text: string): string {
    return text.replace(/\s(ms|%)$/, '');
  }

  #text(value: number | null): string {
    return this.metric === 'loss' ? share(value) : rtt(value);
  }

  #legend(limits: readonly number[]): TemplateResult {
    const lower = this.metric === 'loss' ? share(0) : `≤ ${this.#text(limits[0] ?? 0)}`;
    const steps = [
      lower,
      ...limits.slice(1).map((limit) => `≤ ${this.#text(limit)}`),
      `> ${this.#text(limits[3] ?? 0)}`,
    ];
    return html`<div class="legend" aria-hidden="true">${steps.map((text, step) => html`<span><i class="s${step}"></i>${text}</span>`)}
      <span><i class="none"></i>${words.chart.notMeasured}</span></div>`;
  }
}
