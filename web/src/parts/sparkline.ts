import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { colour, onTheme } from '../lib/theme.ts';

/** A small line without axes; NaN breaks it. Decoration: its numbers stand beside it as text. */
@customElement('ist-sparkline')
export class Sparkline extends LitElement {
  static override styles = [baseStyles, css`:host { height: 36px; } canvas { width: 100%; height: 100%; display: block; }`];
  @property({ attribute: false }) values: readonly number[] = [];
  @property() token = 'accent';
  @query('canvas') private canvas!: HTMLCanvasElement;
  #leaveTheme: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveTheme = onTheme(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveTheme?.();
  }

  protected override render(): TemplateResult {
    return html`<canvas aria-hidden="true"></canvas>`;
  }

  protected override updated(): void {
    const width = Math.round(this.clientWidth * devicePixelRatio);
    const height = Math.round(this.clientHeight * devicePixelRatio);
    const pen = this.canvas.getContext('2d');
    if (!pen || width === 0) return;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    pen.clearRect(0, 0, width, height);
    const highest = Math.max(...this.values.filter((value) => !Number.isNaN(value)), 0.1) * 1.1;
    const step = width / Math.max(1, this.values.length - 1);
    const own = colour(this.token);
    pen.strokeStyle = own;
    pen.lineWidth = 1.5 * devicePixelRatio;
    pen.lineJoin = 'round';
    pen.beginPath();
    let isBroken = true;
    this.values.forEach((value, index) => {
      if (Number.isNaN(value)) {
        isBroken = true;
        return;
      }
      const y = height - 2 - (value / highest) * (height - 4);
      if (isBroken) pen.moveTo(index * step, y);
      else pen.lineTo(index * step, y);
      isBroken = false;
    });
    pen.stroke();
  }
}
