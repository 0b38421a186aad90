import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { rtt } from '../lib/format.ts';
import { rate } from '../lib/speed-format.ts';
import type { SpeedRun } from '../lib/speed-run.ts';
import { onTheme } from '../lib/theme.ts';
import { speedWords } from '../lib/words/speed.ts';
import { followSize, type Ink, readInk, type Size } from './plot-frame.ts';
import { paintRun } from './speed-live-paint.ts';

const words = speedWords.live;

/** A test under way: the rate above, the round-trip time below, both against the seconds since it began. */
@customElement('ist-speed-live-chart')
export class SpeedLiveChart extends LitElement {
  static override styles = css`
    :host { display: block; } .frame { height: 220px; } canvas { display: block; width: 100%; height: 100%; }
  `;
  @property({ attribute: false }) run: SpeedRun | null = null;
  /** A new value redraws: the run itself is the same object. */
  @property({ type: Number }) moments = 0;
  @query('.frame') private frame!: HTMLElement;
  @query('canvas') private canvas!: HTMLCanvasElement;
  #ink: Ink = readInk();
  #size: Size | null = null;
  #resize: ResizeObserver | null = null;
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
      this.canvas.width = Math.round(size.width * devicePixelRatio);
      this.canvas.height = Math.round(size.height * devicePixelRatio);
      this.#draw();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveTheme?.();
    this.#resize?.disconnect();
  }

  protected override updated(): void {
    this.#draw();
  }

  #draw(): void {
    const pen = this.canvas?.getContext('2d');
    if (pen && this.#size && this.run) paintRun(pen, this.run, this.#size, this.#ink);
  }

  protected override render(): TemplateResult {
    return html`<div class="frame"><canvas role="img" aria-label=${this.#summary()}></canvas></div>`;
  }

  #summary(): string {
    const progress = this.run?.progress;
    return `${words.chart}. ${words.rate}: ${rate(progress?.downMbps ?? progress?.upMbps)}. ${words.delay}: ${rtt(progress?.rttMs)}.`;
  }
}
