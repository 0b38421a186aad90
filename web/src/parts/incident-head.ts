import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, moment, time, unbroken } from '../lib/format.ts';
import { marker, type State } from '../lib/icons.ts';
import { incidentWords } from '../lib/words/incident.ts';

/** The title of an incident, what happened in words, when and how long. */
@customElement('ist-incident-head')
export class IncidentHead extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-2); padding: var(--space-2) 0; }
      h1 { display: flex; gap: var(--space-3); align-items: baseline; font-size: var(--text-28); font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; } h1 .marker { flex: none; transform: translateY(1px); }
      .text { font-size: var(--text-16); max-width: 70ch; } .when { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); color: var(--ink-2); font-size: var(--text-14); }
      .open { color: var(--down); font-weight: 600; } .tag { background: var(--accent-tint); color: var(--accent); border-radius: 4px; padding: 0 6px; }
      .print { display: none; }
      @media (max-width: 560px) { h1 { font-size: var(--text-20); gap: var(--space-2); } }
      @media print { .print { display: block; border-bottom: 1px solid; padding-bottom: var(--space-1); } h1 { font-size: var(--text-20); } }
    `,
  ];

  @property({ attribute: false }) incident!: Incident; // set by the page before the first rendering
  @property() site = '';
  @property({ type: Number }) nowMs = 0;

  protected override render(): TemplateResult {
    const { incident } = this;
    const startMs = Date.parse(incident.startedAt);
    const endMs = incident.endedAt === null ? null : Date.parse(incident.endedAt);
    const length = duration((endMs ?? this.nowMs) - startMs);
    const state: State = incident.kind === 'outage' ? 'down' : 'degraded';
    const startSaid = moment(startMs, this.nowMs);
    const start = html`<time datetime=${incident.startedAt} title=${time(startMs, 'full')}>${endMs === null ? incidentWords.since(startSaid) : startSaid}</time>`;
    const when =
      endMs === null
        ? start
        : html`${start} – <time datetime=${incident.endedAt ?? ''} title=${time(endMs, 'full')}>${isSameDay(startMs, endMs) ? time(endMs, 'second') : moment(endMs, this.nowMs)}</time>`;
    return html`<p class="print note">${this.site} · ${incidentWords.line(incident.line)} · ${when}</p>
      <h1>${marker(state, 20)}<span>${unbroken(incident.title)}</span></h1>
      <p class="text">${unbroken(incident.text)}</p>
      <p class="when"><span>${when}</span>
        ${endMs === null ? html`<span class="open">${incidentWords.goesOn(length)}</span>` : html`<span>${incidentWords.lasted(length)}</span>`}
        ${incident.downSeconds > 0 ? html`<span>${incidentWords.down(duration(incident.downSeconds * 1000))}</span>` : nothing}
        ${incident.degradedSeconds > 0 ? html`<span>${incidentWords.degraded(duration(incident.degradedSeconds * 1000))}</span>` : nothing}
        <span>${incidentWords.line(incident.line)}</span>
        ${incident.isEdited ? html`<span>${incidentWords.edited}</span>` : nothing}
        ${incident.tags.map((tag) => html`<span class="tag">${tag}</span>`)}</p>`;
  }
}

function isSameDay(oneMs: number, otherMs: number): boolean {
  return new Date(oneMs).toDateString() === new Date(otherMs).toDateString();
}
