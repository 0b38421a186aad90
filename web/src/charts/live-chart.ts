import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import uPlot from 'uplot';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt, time } from '../lib/format.ts';
import type { LiveRing } from '../lib/live-ring.ts';
import { onTheme } from '../lib/theme.ts';
import { words } from '../lib/words.ts';
import { type LiveScene, lanesHeight, paintLive } from './live-paint.ts';
import type { LiveSeries, Shade } from './live-scene.ts';
import { followSize, type Ink, msAxis, plotStyles, readInk, type Size, timeAxis } from './plot-frame.ts';
import { calmMaximum, robustMaximum } from './scale.ts';

/** The table has a row for each of these, the finest that gives no more than so many rows. */
const rowSteps = [1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000];
const mostRows = 60;

/** Some minutes at full resolution: a dot for every exchange, a red tick on top for every lost one. */
@customElement('ist-live-chart')
export class LiveChart extends LitElement {
  static override styles = [
    baseStyles,
    plotStyles,
    css`
      .frame { height: 300px; position: relative; }
      @media (max-width: 560px) { .frame { height: 240px; } }
      .chips { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-2); margin-bottom: var(--space-2); }
      .chip { min-height: 32px; padding: 0 10px; background: none; color: var(--ink-2); gap: 7px; }
      .chip[aria-pressed="true"] { background: var(--inset); color: var(--ink); }
      .chip[aria-pressed="false"] .swatch { background: none; }
      .swatch { width: 10px; height: 10px; border-radius: 50%; background: var(--own); border: 2px solid var(--own); }
      .chip b { font-weight: 600; min-width: 4.2em; text-align: right; color: var(--live-ink, var(--ink)); }
      .chip.lost b { color: var(--down); }
      .router { --own: var(--series-router); } .provider { --own: var(--series-provider); }
      .internet { --own: var(--series-internet); } .names { --own: var(--series-names); } .other { --own: var(--series-5); }
      .at { align-self: center; font-size: var(--text-12); color: var(--ink-2); }
      .scroll { max-height: 320px; overflow: auto; margin-top: var(--space-3); }
      @media (max-width: 560px) { .chips { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; } .chip { padding: 0 8px; font-size: var(--text-12); gap: 6px; min-height: 36px; } .chip b { margin-left: auto; } }
    `,
  ];

  @property({ attribute: false }) series: readonly LiveSeries[] = [];
  @property({ attribute: false }) rings: ReadonlyMap<string, LiveRing> = new Map();
  @property({ attribute: false }) shades: readonly Shade[] = [];
  @property() name: string = words.chart.live;
  @property({ type: Number }) viewMs = 600_000;
  /** The right edge; a new value redraws. */
  @property({ type: Number }) nowMs = 0;
  /** Targets whose visibility a person changed: the second family is hidden at first. */
  @state() private toggled: ReadonlySet<string> = new Set();
  @state() private isTable = false;
  @state() private cursorMs: number | null = null;
  @query('.frame') private frame!: HTMLElement;
  #plot: uPlot | null = null;
  #ink: Ink = readInk();
  #scene: LiveScene | null = null;
  #maximum: number | null = null;
  #resize: ResizeObserver | null = null;
  #leaveTheme: (() => void) | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    this.#leaveTheme?.();
    this.#plot?.destroy();
    this.#plot = null;
  }

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
      if (this.#plot) this.#plot.setSize(size);
      else this.#make(size);
    });
  }

  #make({ width, height }: Size): void {
    const ink = () => this.#ink;
    this.#plot = new uPlot(
      {
        width,
        height,
        ms: 1,
        padding: [lanesHeight + 6, 18, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
        scales: {
          x: { time: true, range: () => [this.nowMs - this.viewMs, this.nowMs] },
          y: { range: () => [0, this.#maximum ?? 10] },
        },
        axes: [timeAxis(ink), msAxis(ink, 50)],
        series: [{}, { show: true, paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(plot) => this.#scene && paintLive(plot, this.#scene)],
          setCursor: [(plot) => this.#pointAt(plot)],
        },
      },
      [
        [0, 1],
        [null, null],
      ],
      this.frame,
    );
    this.#draw();
  }

  #pointAt(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    this.cursorMs = left < 0 ? null : plot.posToVal(left, 'x');
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('viewMs')) this.#maximum = null;
    if (changed.size === 1 && changed.has('cursorMs')) return; // the crosshair moved: the picture did not
    this.#draw();
  }

  #draw(): void {
    if (!this.#plot || this.nowMs === 0) return;
    const visible = this.series.filter((one) => this.#isShown(one));
    const range = { fromMs: this.nowMs - this.viewMs, toMs: this.nowMs };
    const values: number[] = [];
    for (const one of visible) {
      const ring = this.rings.get(one.target);
      if (ring)
        for (let i = ring.firstAfter(range.fromMs); i < ring.rtts.length; i += 1)
          values.push(ring.rtts[i] ?? Number.NaN);
    }
    this.#maximum = calmMaximum(this.#maximum, robustMaximum(values, 5));
    this.#scene = {
      series: visible,
      rings: this.rings,
      shades: this.shades,
      range,
      ink: this.#ink,
      maximum: this.#maximum,
    };
    this.#plot.setData([
      [range.fromMs, range.toMs],
      [null, null],
    ]);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="chips">${this.series.map((one) => this.#chip(one))}
        ${this.cursorMs === null ? nothing : html`<span class="at">${words.now.at(time(this.cursorMs, 'second'))}</span>`}</div>
      <div class="frame" role="img" aria-label=${this.#summary()}></div>
      ${this.isTable ? this.#table() : nothing}
    `;
  }

  toggleTable(): void {
    this.isTable = !this.isTable;
  }

  #chip(one: LiveSeries): TemplateResult {
    const isShown = this.#isShown(one);
    const value = this.#valueNow(one.target);
    return html`<button type="button" class="button chip ${one.look} ${value === null ? 'lost' : ''}" aria-pressed=${isShown}
      @click=${() => this.#toggle(one.target)}>
      <span class="swatch"></span>${one.label}<b>${value === null ? words.now.lost : rtt(value)}</b></button>`;
  }

  /** At the crosshair where there is one, else the newest. */
  #valueNow(target: string): number | null | undefined {
    const ring = this.rings.get(target);
    if (!ring || ring.times.length === 0) return undefined;
    const index = this.cursorMs === null ? ring.times.length - 1 : ring.firstAfter(this.cursorMs - 500);
    const at = ring.times[index];
    if (at === undefined || (this.cursorMs !== null && Math.abs(at - this.cursorMs) > 1500)) return undefined;
    const value = ring.rtts[index] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  #isShown(one: LiveSeries): boolean {
    return one.isSecond === this.toggled.has(one.target);
  }

  #toggle(target: string): void {
    const toggled = new Set(this.toggled);
    if (!toggled.delete(target)) toggled.add(target);
    this.toggled = toggled;
    this.#maximum = null;
  }

  #summary(): string {
    const parts = this.series.map((one) => {
      const recent = this.rings.get(one.target)?.recent(this.nowMs - this.viewMs);
      return `${one.label}: ${words.now.median} ${rtt(recent?.medianMs)}, ${recent?.lost ?? 0} ${words.now.lost}`;
    });
    return `${this.name}. ${parts.join('. ')}`;
  }

  /** Rows of some seconds: a table of every exchange would be as unreadable as no table. */
  #table(): TemplateResult {
    const rowMs = rowSteps.find((step) => this.viewMs / step <= mostRows) ?? 300_000;
    const rows: number[] = [];
    for (let at = Math.ceil(this.nowMs / rowMs) * rowMs; at > this.nowMs - this.viewMs; at -= rowMs)
      rows.push(at);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.chart.table}><table>
      <thead><tr><th scope="col">${words.chart.time}</th>${this.series.map((one) => html`<th scope="col">${one.label}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (at) =>
          html`<tr><th scope="row">${time(at - rowMs, 'second')}</th>${this.series.map((one) => html`<td>${this.#cell(one.target, at - rowMs, at)}</td>`)}</tr>`,
      )}</tbody></table></div>`;
  }

  #cell(target: string, fromMs: number, toMs: number): string {
    const ring = this.rings.get(target);
    if (!ring) return '—';
    const part = ring.rtts.slice(ring.firstAfter(fromMs), ring.firstAfter(toMs));
    const answered = part.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    if (part.length === 0) return words.chart.nothing;
    const lost = part.length - answered.length;
    const middle = rtt(answered[Math.floor((answered.length - 1) / 2)]);
    return lost === 0 ? middle : `${middle}, ${lost} ${words.chart.lost}`;
  }
}
