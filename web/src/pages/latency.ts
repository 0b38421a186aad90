import { html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
@customElement('ist-latency')
export class LatencyPage extends LitElement {
  @property({ attribute: false }) query = new URLSearchParams();
  protected override render(): TemplateResult {
    return html``;
  }
}
