import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { NameAnswer } from '../../../appliance/features/watch/dns/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { incidentWords } from '../lib/words/incident.ts';

const words = incidentWords.names;
/** A long night asks thousands of questions; one of each server and outcome tells the same. */
const mostRows = 30;

/** How name servers answered at the time. */
@customElement('ist-name-answers')
export class NameAnswers extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .scroll { overflow-x: auto; margin: 0 calc(-1 * var(--space-3)); }
      th:nth-child(2), td:nth-child(2) { text-align: left; } td span { display: inline-flex; align-items: center; gap: 6px; }
      tbody th small { display: block; font-weight: 400; color: var(--ink-3); font-size: var(--text-12); } td { white-space: normal; } td small { display: block; }
      @media print { .scroll { overflow: visible; margin: 0; } }
    `,
  ];

  @property({ attribute: false }) answers: readonly NameAnswer[] = [];

  protected override render(): TemplateResult {
    if (this.answers.length === 0) return html`<p class="muted">${words.none}</p>`;
    const kinds = new Map<string, NameAnswer>();
    for (const one of this.answers) {
      const key = `${one.server} ${one.outcome}`;
      if (!kinds.has(key)) kinds.set(key, one);
    }
    const [server, result, took] = words.columns;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.heading}><table><caption class="hidden-text">${words.heading}</caption>
      <thead><tr><th scope="col">${server}</th><th scope="col">${result}</th><th scope="col">${took}</th></tr></thead>
      <tbody>${[...kinds.values()].slice(0, mostRows).map((one) => this.#row(one))}</tbody></table></div>`;
  }

  #row(one: NameAnswer): TemplateResult {
    const isAnswer = one.outcome === 'answer' || one.outcome === 'nxdomain';
    const at = Date.parse(one.at);
    return html`<tr><th scope="row">${one.server}<small>${words.role[one.role]}</small></th>
      <td><span>${marker(isAnswer ? 'up' : 'down', 11)}${words.outcome[one.outcome]}</span>
        <small class="note">${one.name} ${one.type}, <time datetime=${one.at} title=${time(at, 'full')}>${time(at, 'second')}</time>${one.reason ? `: ${one.reason}` : ''}</small></td>
      <td>${rtt(one.rttMs)}</td></tr>`;
  }
}
