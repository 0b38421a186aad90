import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import uPlot from 'uplot';
import { baseStyles } from '../lib/base-styles.ts';
import { count, moment, rtt, share, time } from '../lib/format.ts';
import { onTheme } from '../lib/theme.ts';
import { latencyWords } from '../lib/words/latency.ts';
import { words } from '../lib/words.ts';
import { followSize, type Ink, msAxis, plotStyles, readInk, type Size, timeAxis } from './plot-frame.ts';
import type { Span } from './scale.ts';
import { pointAt, type SmokePoint, scaleOf } from './smoke-maths.ts';
import { paintSmoke, peakHeight, type SmokeScene, stripGap, stripHeight } from './smoke-paint.ts';
import { followTouch } from './touch.ts';

/** What a page gives: the colour as a token, so that a change of theme needs no new data. */
export interface SmokeInput {
  target: string;
  label: string;
  token: string;
  points: readonly SmokePoint[];
  stepMs: number;
}

/** More rows would be a download, not a table; the CSV has them all. */
const maxRows = 400;
const shortestDragPx = 8;

/** Round-trip times over a range: median, 25–75 and 10–90 percentile bands, loss underneath. Several series: medians. */
@customElement('ist-smoke-chart')
export class SmokeChart extends LitElement {
  static override styles = [
    baseStyles,
    plotStyles,
    css`
      .frame { height: var(--chart-height, 300px); position: relative; touch-action: pan-y; border-radius: 4px; }
      .frame .u-over { touch-action: pan-y; cursor: crosshair; }
      .readout { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); min-height: 22px; font-size: var(--text-12); color: var(--ink-2); align-items: baseline; }
      .readout b { color: var(--ink); font-weight: 600; } .readout .lost b { color: var(--down); }
      .scroll { max-height: 360px; overflow: auto; margin-top: var(--space-3); }
      :host([data-loading]) .frame { opacity: 0.55; }
    `,
  ];

  @property({ attribute: false }) series: readonly SmokeInput[] = [];
  @property({ attribute: false }) range: Span = { fromMs: 0, toMs: 1 };
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) isLog = false;
  @property({ type: Boolean }) isTable = false;
  @property() name = '';
  @state() private cursorMs: number | null = null;
  @query('.frame') private frame!: HTMLElement;
  #plot: uPlot | null = null;
  #isPlotLog = false;
  #ink: Ink = readInk();
  #scene: SmokeScene | null = null;
  #resize: ResizeObserver | null = null;
  #size: Size | null = null;
  #leaveTheme: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveTheme = onTheme(() => {
      this.#ink = readInk();
      this.#draw();
    });
    if (this.hasUpdated) this.#follow();
  }

  protected override firstUpdated(): void {
    this.#follow();
  }

  #follow(): void {
    this.#resize = followSize(this.frame, (size) => {
      this.#size = size;
      if (this.#plot) this.#plot.setSize(size);
      else this.#draw();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveTheme?.();
    this.#resize?.disconnect();
    this.#drop();
  }

  #drop(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  #make({ width, height }: Size): uPlot {
    const ink = () => this.#ink;
    const scale = () => this.#scene?.scale ?? { minimum: 1, maximum: 10 };
    const plot = new uPlot(
      {
        width,
        height,
        ms: 1,
        padding: [peakHeight, 18, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
          sync: { key: 'latency', scales: ['x', null] },
          bind: {
            dblclick: () => () => {
              this.#emit('leave', null);
              return null;
            },
          },
        },
        scales: {
          x: { time: true, range: () => [this.range.fromMs, this.range.toMs] },
          y: { distr: this.isLog ? 3 : 1, range: () => [scale().minimum, scale().maximum] },
        },
        axes: [
          {
            ...timeAxis(ink),
            ticks: { show: false },
            gap: stripGap + stripHeight + 4,
            size: 20 + stripHeight + stripGap,
          },
          msAxis(ink, 50),
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(own) => this.#scene && paintSmoke(own, this.#scene)],
          setCursor: [
            (own) => {
              const left = own.cursor.left ?? -1;
              this.cursorMs = left < 0 ? null : own.posToVal(left, 'x');
            },
          ],
          setSelect: [(own) => this.#selected(own)],
        },
      },
      [
        [0, 1],
        [null, null],
      ],
      this.frame,
    );
    followTouch(plot, {
      zoom: (fromMs, toMs) => this.#emit('zoom', { fromMs, toMs }),
      leave: () => this.#emit('leave', null),
    });
    this.#isPlotLog = this.isLog;
    return plot;
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    const from = plot.posToVal(left, 'x');
    const to = plot.posToVal(left + width, 'x');
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width >= shortestDragPx) this.#emit('zoom', { fromMs: from, toMs: to });
  }

  #emit(name: string, detail: Span | null): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  protected override updated(changed: PropertyValues): void {
    const isOnlyCursor = changed.size === 1 && changed.has('cursorMs');
    if (!isOnlyCursor) this.#draw();
  }

  #draw(): void {
    if (!this.#size || this.nowMs === 0) return;
    const series = this.series.map(({ token, ...one }) => ({
      ...one,
      colour: this.#ink.series[token] ?? this.#ink.text,
    }));
    this.#scene = {
      series,
      range: this.range,
      nowMs: this.nowMs,
      scale: scaleOf(
        series.map((one) => one.points),
        this.isLog,
      ),
      isLog: this.isLog,
      ink: this.#ink,
    };
    if (this.#plot && this.#isPlotLog !== this.isLog) this.#drop(); // uPlot fixes the kind of a scale when it is made
    this.#plot ??= this.#make(this.#size);
    this.#plot.setData([
      [this.range.fromMs, this.range.toMs],
      [null, null],
    ]);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="readout" aria-hidden="true">${this.#readout()}</div>
      <div class="frame" role="img" aria-label=${this.#summary()}></div>
      ${this.isTable ? this.#table() : nothing}
    `;
  }

  #readout(): TemplateResult | TemplateResult[] {
    const at = this.cursorMs;
    if (at === null) return html`<span>${latencyWords.legend(this.series.length === 1)}</span>`;
    const cells = this.series.map((one) => {
      const point = pointAt(one.points, at, one.stepMs);
      const name = this.series.length > 1 ? `${one.label} ` : '';
      if (!point) return html`<span>${name}${words.chart.notMeasured}</span>`;
      return html`<span>${name}<b>${rtt(point.p50)}</b></span>
        ${this.series.length === 1 && !Number.isNaN(point.p50) ? html`<span>10–90 % <b>${rtt(point.p10)} – ${rtt(point.p90)}</b></span>` : nothing}
        <span class=${point.lost > 0 ? 'lost' : ''}>${words.now.loss} <b>${share(point.lost / point.count)}</b>${
          this.series.length === 1 ? ` ${latencyWords.of(count(point.count))}` : ''
        }</span>`;
    });
    return html`<span title=${time(at, 'full')}>${moment(at, this.nowMs)}</span>${cells}`;
  }

  #summary(): string {
    const parts = this.series.map((one) => {
      const total = one.points.reduce((sum, point) => sum + point.count, 0);
      const lost = one.points.reduce((sum, point) => sum + point.lost, 0);
      const medians = one.points
        .flatMap((point) => (Number.isNaN(point.p50) ? [] : [point.p50]))
        .sort((a, b) => a - b);
      const middle = medians[Math.floor((medians.length - 1) / 2)];
      return latencyWords.summary(
        one.label,
        rtt(middle),
        rtt(medians[0]),
        rtt(medians.at(-1)),
        count(lost),
        count(total),
      );
    });
    return `${this.name}. ${parts.join(' ')}`;
  }

  #table(): TemplateResult {
    const first = this.series[0];
    const points = first ? first.points.slice(-maxRows).reverse() : [];
    const others = this.series.slice(1);
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${words.chart.table}: ${this.name}"><table>
      <thead><tr><th scope="col">${words.chart.time}</th>
        ${
          this.series.length === 1
            ? latencyWords.columns.map((column) => html`<th scope="col">${column}</th>`)
            : this.series.map((one) => html`<th scope="col">${one.label}</th>`)
        }</tr></thead>
      <tbody>${points.map(
        (point) => html`<tr><th scope="row">${moment(point.at, this.nowMs)}</th>
          ${
            others.length === 0
              ? html`<td>${rtt(point.p50)}</td><td>${rtt(point.p10)}</td><td>${rtt(point.p25)}</td><td>${rtt(point.p75)}</td><td>${rtt(point.p90)}</td><td>${count(point.lost)}</td><td>${count(point.count)}</td>`
              : html`<td>${rtt(point.p50)}</td>${others.map((one) => html`<td>${rtt(pointAt(one.points, point.at, one.stepMs)?.p50)}</td>`)}`
          }</tr>`,
      )}</tbody></table></div>`;
  }
}
