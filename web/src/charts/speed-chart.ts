import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import uPlot from 'uplot';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { moment, rtt, time } from '../lib/format.ts';
import { rate } from '../lib/speed-format.ts';
import { onTheme } from '../lib/theme.ts';
import { speedWords } from '../lib/words/speed.ts';
import { followSize, type Ink, plotStyles, readInk, type Size, timeAxis, valueAxis } from './plot-frame.ts';
import { quantile, type Span } from './scale.ts';
import { countsOf, type Metric, nearest, rateOf, type SpeedSeries, topOf, valuesOf } from './speed-maths.ts';
import { laneHeight, paintSpeed, type SpeedScene } from './speed-paint.ts';
import { followTouch } from './touch.ts';

const words = speedWords.history;
const shortestDragPx = 8;
/** How far from a mark one may point. */
const reachPx = 18;

/** Speed tests over a range, one mark each. Emits `zoom` and `leave`, and `choose` with the id of a test. */
@customElement('ist-speed-chart')
export class SpeedChart extends LitElement {
  static override styles = [
    baseStyles,
    plotStyles,
    css`
      .head { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); align-items: baseline; min-height: 24px; font-size: var(--text-12); color: var(--ink-2); }
      h3 { font-size: var(--text-14); font-weight: 600; color: var(--ink); } b { color: var(--ink); font-weight: 600; }
      .frame { height: var(--chart-height, 190px); position: relative; touch-action: pan-y; border-radius: 4px; }
      .frame .u-over { touch-action: pan-y; cursor: crosshair; }
      :host([data-loading]) .frame { opacity: 0.55; }
    `,
  ];

  @property() metric: Metric = 'down';
  @property({ attribute: false }) series: readonly SpeedSeries[] = [];
  @property({ attribute: false }) range: Span = { fromMs: 0, toMs: 1 };
  @property({ type: Number }) nowMs = 0;
  /** What the provider sold, where it is known. */
  @property({ type: Number }) planMbps: number | null = null;
  @property() selected: string | null = null;
  /** How a series is called in the readout. */
  @property({ attribute: false }) nameOf: (test: SpeedTest) => string = () => '';
  @state() private pointed: SpeedTest | null = null;
  @query('.frame') private frame!: HTMLElement;
  #plot: uPlot | null = null;
  #ink: Ink = readInk();
  #scene: SpeedScene | null = null;
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
    this.#plot?.destroy();
    this.#plot = null;
  }

  #make({ width, height }: Size): uPlot {
    const ink = () => this.#ink;
    const plot = new uPlot(
      {
        width,
        height,
        ms: 1,
        padding: [10, 18, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
          sync: { key: 'speed', scales: ['x', null] },
          bind: {
            dblclick: () => () => {
              this.#emit('leave', null);
              return null;
            },
          },
        },
        scales: {
          x: { time: true, range: () => [this.range.fromMs, this.range.toMs] },
          y: { range: () => [0, this.#scene?.maximum ?? 10] },
        },
        axes: [
          { ...timeAxis(ink), ticks: { show: false }, gap: laneHeight + 4, size: 24 + laneHeight },
          valueAxis(ink, 54, this.metric === 'delay' ? 'ms' : 'Mb/s'),
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(own) => this.#scene && paintSpeed(own, this.#scene)],
          setCursor: [(own) => this.#point(own)],
          setSelect: [(own) => this.#selected(own)],
        },
      },
      [
        [0, 1],
        [null, null],
      ],
      this.frame,
    );
    plot.over.addEventListener('click', () => this.#choose());
    followTouch(plot, {
      zoom: (fromMs, toMs) => this.#emit('zoom', { fromMs, toMs }),
      leave: () => this.#emit('leave', null),
    });
    return plot;
  }

  #point(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    const perPx = (this.range.toMs - this.range.fromMs) / Math.max(1, plot.over.clientWidth);
    this.pointed = left < 0 ? null : nearest(this.#tests, plot.posToVal(left, 'x'), perPx * reachPx);
  }

  #choose(): void {
    if (this.pointed) this.#emit('choose', this.pointed.id);
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    const span = { fromMs: plot.posToVal(left, 'x'), toMs: plot.posToVal(left + width, 'x') };
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width >= shortestDragPx) this.#emit('zoom', span);
  }

  #emit(name: string, detail: Span | string | null): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  get #tests(): readonly SpeedTest[] {
    return this.series.flatMap((one) => one.tests);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.size === 1 && changed.has('pointed')) return; // the crosshair moved: the picture did not
    this.#draw();
  }

  #draw(): void {
    if (!this.#size || this.nowMs === 0) return;
    const { metric, series, range, planMbps, selected } = this;
    const tests = this.#tests;
    const maximum = topOf(valuesOf(tests, metric), metric, planMbps);
    this.#scene = { metric, series, tests, range, planMbps, selected, ink: this.#ink, maximum };
    this.#plot ??= this.#make(this.#size);
    this.#plot.setData([
      [range.fromMs, range.toMs],
      [null, null],
    ]);
  }

  protected override render(): TemplateResult {
    return html`<div class="head"><h3>${words[this.metric]}</h3>${this.#readout()}</div>
      <div class="frame" role="img" aria-label=${this.#summary()}></div>`;
  }

  #readout(): TemplateResult | typeof nothing {
    const test = this.pointed;
    if (!test) return nothing;
    const at = Date.parse(test.at);
    return html`<span aria-hidden="true" title=${time(at, 'full')}>${moment(at, this.nowMs)} · ${this.nameOf(test)} <b>${this.#value(test)}</b></span>`;
  }

  #value(test: SpeedTest): string {
    if (test.outcome !== 'ok') return speedWords.outcome[test.outcome];
    if (this.metric !== 'delay') return rate(rateOf(test, this.metric));
    return `${rtt(test.idleMs)} → ${rtt(test.loadedDownMs)} ↓ ${rtt(test.loadedUpMs)} ↑`;
  }

  #summary(): string {
    const tests = this.#tests;
    const { ok, failed, skipped } = countsOf(tests);
    const counts = words.counts(ok, failed, skipped);
    const name = words[this.metric];
    const values =
      this.metric === 'delay'
        ? tests.flatMap((test) => test.loadedUpMs ?? test.loadedDownMs ?? [])
        : valuesOf(tests, this.metric);
    const sorted = values.sort((a, b) => a - b);
    const show = this.metric === 'delay' ? rtt : rate;
    if (sorted.length === 0) return words.noSummary(name, counts);
    return words.summary(name, counts, show(quantile(sorted, 0.5)), show(sorted[0]), show(sorted.at(-1)));
  }
}
