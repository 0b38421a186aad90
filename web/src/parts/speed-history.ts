import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import type { Span } from '../charts/scale.ts';
import '../charts/speed-chart.ts';
import { countsOf, type Metric, type SpeedSeries, seriesOf, valuesOf } from '../charts/speed-maths.ts';
import { shapeOf } from '../charts/speed-paint.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { speedWords } from '../lib/words/speed.ts';
import { words as common } from '../lib/words.ts';

const words = speedWords.history;

/** What was sold, in Mbit/s; the charts draw it as a line where it is known. */
export interface SoldRates {
  down: number | null;
  up: number | null;
}

/** Three charts over the same range: download, upload, and the delay under load. */
@customElement('ist-speed-history')
export class SpeedHistory extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); } .keys { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); font-size: var(--text-12); color: var(--ink-2); }
      .keys li { display: inline-flex; gap: 7px; align-items: center; } .keys svg { fill: var(--own); }
      .s0 { --own: var(--series-internet); } .s1 { --own: var(--series-provider); } .s2 { --own: var(--series-names); } .s3 { --own: var(--series-5); } .s4 { --own: var(--series-router); } .s5 { --own: var(--series-6); }
    `,
  ];
  @property({ attribute: false }) tests: readonly SpeedTest[] = [];
  @property({ attribute: false }) range: Span = { fromMs: 0, toMs: 1 };
  @property({ type: Number }) nowMs = 0;
  @property() selected: string | null = null;
  @property({ attribute: false }) sold: SoldRates = { down: null, up: null };
  @property({ attribute: false }) nameOf: (test: SpeedTest) => string = () => '';
  @property({ type: Boolean }) isLoading = false;

  protected override render(): TemplateResult {
    const series = seriesOf(this.tests);
    return html`${series.length > 1 ? html`<ul class="keys">${series.map((one, index) => this.#key(one, index))}</ul>` : nothing}
      ${this.#chart('down', series)}${this.#chart('up', series)}
      ${valuesOf(this.tests, 'delay').length > 0 ? this.#chart('delay', series) : nothing}
      <p class="note">${words.legend} ${words.delayLegend}</p>`;
  }

  #chart(metric: Metric, series: readonly SpeedSeries[]): TemplateResult {
    const planMbps = metric === 'delay' ? null : this.sold[metric];
    return html`<ist-speed-chart metric=${metric} .series=${series} .range=${this.range} .planMbps=${planMbps} .nameOf=${this.nameOf}
      nowMs=${this.nowMs} .selected=${this.selected} ?data-loading=${this.isLoading}></ist-speed-chart>`;
  }

  #key(series: SpeedSeries, index: number): TemplateResult {
    const { ok, failed, skipped } = countsOf(series.tests);
    const first = series.tests.find((test) => test.family === series.family) ?? series.tests[0];
    return html`<li class="s${index % 6}"><svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><path d=${outlines[shapeOf(index)]} /></svg>
      <b>${first ? this.nameOf(first) : ''}</b> ${words.counts(ok, failed, skipped)}</li>`;
  }
}

const outlines = {
  circle: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  square: 'M-4.5-4.5h9v9h-9z',
  diamond: 'M0-6 6 0 0 6-6 0z',
  triangle: 'M0-5 5.5 5h-11z',
};

/** A name for the series of a test: only as much as tells it from the others. */
export function namesFor(tests: readonly SpeedTest[]): (test: SpeedTest) => string {
  const lines = new Set(tests.map((test) => test.line));
  const families = new Set(tests.flatMap((test) => test.family ?? []));
  return (test) =>
    [
      speedWords.engine[test.engine],
      ...(lines.size > 1 ? [test.line] : []),
      ...(families.size > 1 && test.family !== null ? [common.family[test.family]] : []),
    ].join(' · ');
}
