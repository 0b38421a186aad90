import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';

/** ISO/IEC 18004 §6.3.8: without this margin readers do not find the code. */
const quietZone = 4;

/** A QR code from its rows of 1 (dark) and 0; black on white in both themes, because that is what cameras expect. */
@customElement('ist-qr-code')
export class QrCode extends LitElement {
  static override styles =
    css`:host { display: block; width: 232px; max-width: 100%; } svg { display: block; width: 100%; border-radius: 4px; }`;
  @property({ attribute: false }) rows: readonly string[] = [];
  @property({ type: String }) label = '';

  protected override render(): TemplateResult {
    const size = this.rows.length + 2 * quietZone;
    const path = this.rows.flatMap((row, y) =>
      [...row.matchAll(/1+/g)].map(
        (run) => `M${run.index + quietZone} ${y + quietZone}h${run[0].length}v1h-${run[0].length}z`,
      ),
    );
    return html`<svg viewBox="0 0 ${size} ${size}" role="img" aria-label=${this.label} shape-rendering="crispEdges">
      <rect width=${size} height=${size} fill="#fff" /><path fill="#000" d=${path.join('')} /></svg>`;
  }
}
