import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Outage } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { share } from '../lib/format.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { verdictWords } from '../lib/words/verdict.ts';

const words = incidentWords.fault;

/** Whose fault, how sure that is, what else it could be, and why. */
@customElement('ist-fault-card')
export class FaultCard extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .fault { font-size: var(--text-20); font-weight: 650; line-height: 1.3; margin-top: var(--space-2); } .fault::first-letter { text-transform: uppercase; }
      .sure { color: var(--ink-2); font-size: var(--text-14); }
      h3 { font-size: var(--text-14); margin-top: var(--space-3); } ul { display: grid; gap: 2px; font-size: var(--text-14); margin-top: 2px; }
      li { padding-left: 14px; position: relative; } li::before { content: ''; position: absolute; left: 2px; top: 0.62em; width: 5px; height: 5px; border-radius: 50%; background: var(--ink-3); }
      .note { margin-top: var(--space-2); overflow-wrap: anywhere; }
    `,
  ];

  @property({ attribute: false }) incident: Incident | null = null;
  @property({ attribute: false }) outages: readonly Outage[] = [];

  protected override render(): TemplateResult | typeof nothing {
    const { incident, outages } = this;
    if (!incident) return nothing;
    const isFinding = outages.length > 0 && outages.every((one) => one.decidedAt === null);
    const others = [...new Set(outages.flatMap((one) => one.candidates))].filter(
      (verdict) => verdict !== incident.verdict,
    );
    const because = [...new Set(outages.flatMap((one) => one.evidence.because))];
    const rules = [...new Set(outages.map((one) => one.evidence.rule))];
    return html`<h2>${words.heading}</h2>
      <p class="fault">${isFinding ? words.finding : verdictWords.fault[incident.verdict]}</p>
      <p class="sure">${words.sure(verdictWords.confidence(incident.confidence), share(Math.round(incident.confidence * 100) / 100))}</p>
      ${others.length > 0 ? html`<h3>${words.also}</h3><ul>${others.map((verdict) => html`<li>${verdictWords.fault[verdict]}</li>`)}</ul>` : nothing}
      ${because.length > 0 ? html`<h3>${words.because}</h3><ul>${because.map((text) => html`<li>${text}</li>`)}</ul>` : nothing}
      ${rules.length > 0 ? html`<p class="note">${words.rule(rules.join(', '))}</p>` : nothing}`;
  }
}
