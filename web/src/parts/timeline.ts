import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Span } from '../charts/scale.ts';
import { type Bar, type BarKind, barsOf, type TimelineItem, ticksOf } from '../charts/timeline-maths.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { tick } from '../lib/format.ts';
import { outagesWords } from '../lib/words/outages.ts';

const words = outagesWords.timeline;
const kinds: readonly BarKind[] = ['outage', 'degradation', 'busy', 'gap'];
/** CSS pixels. What is worse is also taller. */
const rowHeight = 52;
const rowGap = 8;
const axisHeight = 24;
const tall: Readonly<Record<BarKind, number>> = { outage: 1, degradation: 0.72, busy: 0.42, gap: 1 };
/** A bar is easier to hit than to see. */
const hitWidth = 12;
const dragPx = 6;
/** Below this a pattern would be a few odd dots. */
const thinPx = 9;

interface Drag {
  line: string;
  fromPx: number;
  toPx: number;
}

/** What happened when: a row for every line. Emits `zoom` with a span after a drag, `leave` after a double click. */
@customElement('ist-timeline')
export class Timeline extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .row { display: grid; grid-template-columns: minmax(0, 1fr); } .row h3 { font-size: var(--text-12); font-weight: 600; color: var(--ink-2); margin: var(--space-2) 0 2px; }
      svg { display: block; width: 100%; touch-action: pan-y; user-select: none; -webkit-user-select: none; cursor: crosshair; }
      .ground { fill: var(--inset); }
      .outage { fill: var(--down); } .degradation { fill: url(#degradation); } .busy { fill: url(#busy); } .gap { fill: url(#gap); }
      .degradation.thin { fill: var(--degraded); } .busy.thin { fill: var(--busy); } .gap.thin { fill: var(--unknown); }
      a { cursor: pointer; outline: none; } .hit { fill: transparent; }
      a:hover .bar, a:focus-visible .bar { stroke: var(--ink); stroke-width: 2; } a:focus-visible .ring { stroke: var(--accent); }
      .ring { fill: none; stroke: none; stroke-width: 3; }
      text { fill: var(--ink-3); font-size: var(--text-12); } .tick { stroke: var(--grid); }
      .select { fill: var(--accent); opacity: 0.18; }
      .legend { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); margin-top: var(--space-2); font-size: var(--text-12); color: var(--ink-2); }
      .legend span { display: inline-flex; align-items: center; gap: 6px; } .legend svg { width: 18px; height: 14px; cursor: auto; }
      .told { min-height: 20px; margin-top: var(--space-2); }
      @media print { .told { display: none; } svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
    `,
  ];

  @property({ attribute: false }) items: readonly TimelineItem[] = [];
  @property({ attribute: false }) lines: readonly string[] = [];
  @property({ attribute: false }) range: Span = { fromMs: 0, toMs: 1 };
  @property({ type: Number }) nowMs = 0;
  /** What the picture shows, for those who do not see it. */
  @property() label = '';
  @state() private width = 0;
  @state() private told = '';
  @state() private drag: Drag | null = null;
  /** The bar that has or had the focus, by its address and beginning. */
  @state() private reached = '';
  @query('.rows') private rows!: HTMLElement;
  readonly #resize = new ResizeObserver(([entry]) => {
    this.width = Math.max(200, Math.floor(entry?.contentRect.width ?? 0));
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#resize.observe(this.rows);
  }

  protected override firstUpdated(): void {
    this.#resize.observe(this.rows);
  }

  protected override render(): TemplateResult {
    const lines = this.lines.length > 0 ? this.lines : ['main'];
    const rows = lines.map((line) => barsOf(this.items, line, this.range, this.width, this.nowMs));
    const stop = this.#tabStop(rows.flat());
    return html`<div class="rows" role="group" aria-label=${this.label} @keydown=${this.#key} @mouseleave=${() => {
      this.told = '';
    }}>
        ${this.width === 0 ? nothing : lines.map((line, index) => this.#row(line, rows[index] ?? [], stop, lines.length > 1, index === lines.length - 1))}</div>
      <div class="legend" aria-hidden="true">${kinds.map((kind) => html`<span><svg viewBox="0 0 18 14">${patterns}<rect class=${kind} y=${14 - 14 * tall[kind]} width="18" height=${14 * tall[kind]} /></svg>${words.kind[kind]}</span>`)}</div>
      <p class="note told" aria-hidden="true">${this.told || words.hint}</p>`;
  }

  #row(line: string, bars: readonly Bar[], stop: string, isNamed: boolean, isLast: boolean): TemplateResult {
    const height = rowHeight + (isLast ? axisHeight : rowGap);
    const { at, stepMs } = ticksOf(this.range, this.width, this.width < 500 ? 64 : 84);
    const x = (ms: number) => ((ms - this.range.fromMs) / (this.range.toMs - this.range.fromMs)) * this.width;
    const { drag } = this;
    return html`<div class="row">${isNamed ? html`<h3>${line}</h3>` : nothing}
      <svg height=${height} viewBox="0 0 ${this.width} ${height}" data-line=${line} role="presentation"
        @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up} @pointercancel=${this.#cancel}
        @dblclick=${() => this.dispatchEvent(new CustomEvent('leave', { bubbles: true }))}>${patterns}
        <rect class="ground" width=${this.width} height=${rowHeight} rx="4" />
        ${at.map((ms) => svg`<line class="tick" x1=${x(ms)} x2=${x(ms)} y1="0" y2=${rowHeight + (isLast ? 4 : 0)} />`)}
        ${bars.map((bar) => this.#bar(bar, stop))}
        ${drag?.line === line ? svg`<rect class="select" x=${Math.min(drag.fromPx, drag.toPx)} width=${Math.abs(drag.toPx - drag.fromPx)} height=${rowHeight} />` : nothing}
        ${isLast ? at.map((ms) => this.#tick(ms, x(ms), stepMs)) : nothing}
      </svg></div>`;
  }

  #tick(ms: number, x: number, stepMs: number) {
    const anchor = x < 30 ? 'start' : x > this.width - 30 ? 'end' : 'middle';
    return svg`<text x=${x} y=${rowHeight + 18} text-anchor=${anchor} aria-hidden="true">${tick(ms, stepMs)}</text>`;
  }

  #bar(bar: Bar, stop: string) {
    const height = rowHeight * tall[bar.kind];
    const text = this.#textOf(bar);
    const tell = () => {
      this.told = text;
    };
    const body = svg`<rect class="hit" x=${bar.x - Math.max(0, hitWidth - bar.width) / 2} width=${Math.max(hitWidth, bar.width)} height=${rowHeight} />
      <rect class="ring" x=${bar.x - 3} y="1" width=${bar.width + 6} height=${rowHeight - 2} rx="3" />
      <rect class="bar ${bar.kind} ${bar.width < thinPx ? 'thin' : ''}" x=${bar.x} y=${rowHeight - height} width=${bar.width} height=${height} />`;
    const { href } = bar.item;
    if (href === null) return svg`<g @mouseenter=${tell}>${body}</g>`;
    return svg`<a href=${href} aria-label=${text} tabindex=${keyOf(bar.item) === stop ? 0 : -1} data-from=${bar.item.fromMs}
      @mouseenter=${tell} @focus=${() => {
        this.reached = keyOf(bar.item);
        tell();
      }}>${body}</a>`;
  }

  /** The one bar that the Tab key reaches; arrow keys go on from there. */
  #tabStop(bars: readonly Bar[]): string {
    const linked = bars.map((bar) => bar.item).filter((item) => item.href !== null);
    if (linked.some((item) => keyOf(item) === this.reached)) return this.reached;
    const [first] = linked.sort((a, b) => a.fromMs - b.fromMs);
    return first ? keyOf(first) : '';
  }

  #textOf(bar: Bar): string {
    return bar.count > 1 ? words.merged(bar.count) + bar.item.label : bar.item.label;
  }

  #key = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const links = [...this.renderRoot.querySelectorAll<SVGAElement>('a')].sort(
      (a, b) => Number(a.dataset.from) - Number(b.dataset.from),
    );
    const index = links.findIndex((link) => event.composedPath().includes(link));
    if (index < 0) return;
    event.preventDefault();
    event.stopPropagation();
    links[index + step]?.focus();
  };

  #place(event: PointerEvent): number {
    const box = (event.currentTarget as SVGSVGElement).getBoundingClientRect(); // the listener sits on it
    return Math.min(this.width, Math.max(0, event.clientX - box.left));
  }

  #down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const line = (event.currentTarget as SVGSVGElement).dataset.line ?? ''; // as above
    const px = this.#place(event);
    this.drag = { line, fromPx: px, toPx: px };
  };

  #move = (event: PointerEvent): void => {
    if (!this.drag) return;
    this.drag = { ...this.drag, toPx: this.#place(event) };
    // Captured only now: a captured click would not reach a link.
    if (this.#isDragged(this.drag)) (event.currentTarget as SVGSVGElement).setPointerCapture(event.pointerId); // as above
  };

  #up = (): void => {
    const { drag } = this;
    if (drag === null) return;
    this.drag = null;
    if (!this.#isDragged(drag)) return;
    const perPx = (this.range.toMs - this.range.fromMs) / this.width;
    const at = (px: number) => this.range.fromMs + px * perPx;
    const span: Span = {
      fromMs: at(Math.min(drag.fromPx, drag.toPx)),
      toMs: at(Math.max(drag.fromPx, drag.toPx)),
    };
    this.dispatchEvent(new CustomEvent('zoom', { detail: span, bubbles: true }));
  };

  #cancel = (): void => {
    this.drag = null; // the browser took the finger for scrolling
  };

  #isDragged({ fromPx, toPx }: Drag): boolean {
    return Math.abs(toPx - fromPx) >= dragPx;
  }
}

/** The same for the same outage, however often the page makes its items anew. */
function keyOf({ fromMs, href, line }: TimelineItem): string {
  return `${line} ${fromMs} ${href}`;
}

/** The look of each kind besides its colour: lines one way, lines the other way, upright ones. */
const patterns = svg`<defs>
  <pattern id="degradation" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--degraded)" /><rect width="2" height="6" fill="var(--degraded-tint)" /></pattern>
  <pattern id="busy" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="2.5" height="4" fill="var(--busy)" /></pattern>
  <pattern id="gap" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(135)"><rect width="7" height="7" fill="var(--surface)" /><rect width="1.5" height="7" fill="var(--unknown)" /></pattern>
</defs>`;
