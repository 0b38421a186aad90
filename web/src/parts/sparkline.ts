import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import type { SparkBucket } from '../lib/live-ring.ts';
import { colour, onTheme } from '../lib/theme.ts';

/** CSS pixels at the top for marks of loss. */
const lossHeight = 5;

/** Medians from zero as a filled line, losses as red marks on top. Decoration: its numbers stand beside it as text. */
@customElement('ist-sparkline')
export class Sparkline extends LitElement {
  static override styles = [
    baseStyles,
    css`:host { height: 40px; } canvas { width: 100%; height: 100%; display: block; }`,
  ];
  @property({ attribute: false }) buckets: readonly SparkBucket[] = [];
  @property() token = 'accent';
  @query('canvas') private canvas!: HTMLCanvasElement;
  #width = 0;
  #height = 0;
  /** Told sizes instead of asked ones: asking while other tiles change forces a layout for each of them. */
  readonly #resize = new ResizeObserver(([entry]) => {
    if (!entry) return;
    this.#width = Math.round(entry.contentRect.width * devicePixelRatio);
    this.#height = Math.round(entry.contentRect.height * devicePixelRatio);
    this.#draw();
  });
  #leaveTheme: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
    this.#leaveTheme = onTheme(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    this.#leaveTheme?.();
  }

  protected override render(): TemplateResult {
    return html`<canvas aria-hidden="true"></canvas>`;
  }

  protected override updated(): void {
    this.#draw();
  }

  #draw(): void {
    const dpr = devicePixelRatio;
    const width = this.#width;
    const height = this.#height;
    const pen = width > 0 ? this.canvas?.getContext('2d') : null;
    if (!pen) return;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    pen.clearRect(0, 0, width, height);
    const own = colour(this.token);
    const lost = colour('down');
    const step = width / Math.max(1, this.buckets.length);
    const floor = height - dpr;
    const highest =
      Math.max(
        0.1,
        ...this.buckets.flatMap((bucket) => (Number.isNaN(bucket.medianMs) ? [] : [bucket.medianMs])),
      ) * 1.15;
    const y = (ms: number) => floor - (ms / highest) * (floor - (lossHeight + 3) * dpr);
    const area = new Path2D();
    const line = new Path2D();
    this.buckets.forEach((bucket, index) => {
      const left = index * step;
      if (bucket.hasLoss) {
        pen.fillStyle = lost;
        pen.fillRect(left, 0, Math.max(step - dpr, 2 * dpr), lossHeight * dpr);
      }
      if (Number.isNaN(bucket.medianMs)) return;
      const top = y(bucket.medianMs);
      area.rect(left, top, step, floor - top);
      const isBroken = Number.isNaN(this.buckets[index - 1]?.medianMs ?? Number.NaN);
      if (isBroken) line.moveTo(left, top);
      line.lineTo(left, top);
      line.lineTo(left + step, top);
    });
    pen.fillStyle = own;
    pen.globalAlpha = 0.16;
    pen.fill(area); // as one shape: single rectangles would show their seams
    pen.globalAlpha = 1;
    pen.strokeStyle = own;
    pen.lineWidth = 1.5 * dpr;
    pen.lineJoin = 'round';
    pen.stroke(line);
  }
}
