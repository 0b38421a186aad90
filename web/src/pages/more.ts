import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { places } from '../app/places.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { icon } from '../lib/icons.ts';
import { moreWords } from '../lib/words/more.ts';
import { words } from '../lib/words.ts';

/** The places that are not looked at every day. */
@customElement('ist-more')
export class MorePage extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); }
      h1 { font-size: var(--text-20); }
      ul { display: grid; gap: var(--space-3); grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }
      a { display: flex; gap: var(--space-3); align-items: center; min-height: var(--touch); height: 100%; color: var(--ink); }
      a svg { flex: none; color: var(--accent); } strong { display: block; }
    `,
  ];
  @property({ attribute: false }) query = new URLSearchParams();

  protected override render(): TemplateResult {
    return html`<h1>${words.place.more}</h1><ul>${places
      .filter((place) => place.within === '/more')
      .map(
        (
          place,
        ) => html`<li><a class="card" href=${place.path}>${icon(place.icon, 24)}<span><strong>${place.label}</strong>
          <span class="note">${moreWords[place.path] ?? ''}</span></span></a></li>`,
      )}</ul>`;
  }
}
