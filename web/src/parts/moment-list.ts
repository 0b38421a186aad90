import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IncidentMoment } from '../../../appliance/features/judge/incident/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, time } from '../lib/format.ts';

const tones: Readonly<Record<string, string>> = {
  'first-loss': 'down',
  noticed: 'degraded',
  verdict: 'accent',
  recovered: 'up',
  gap: 'unknown',
};

/** What happened, moment by moment, with how long after the first one. */
@customElement('ist-moment-list')
export class MomentList extends LitElement {
  static override styles = [
    baseStyles,
    css`
      li { position: relative; display: grid; grid-template-columns: 8.2em minmax(0, 1fr); gap: 0 var(--space-4); padding: 0 0 var(--space-3) 22px; font-size: var(--text-14); }
      li::before { content: ''; position: absolute; left: 2px; top: 4px; width: 11px; height: 11px; border-radius: 50%; background: var(--own, var(--ink-3)); z-index: 1; }
      li:not(:last-child)::after { content: ''; position: absolute; left: 6.5px; top: 10px; bottom: -4px; width: 2px; background: var(--line); }
      .down { --own: var(--down); } .degraded { --own: var(--degraded); } .accent { --own: var(--accent); } .up { --own: var(--up); } .unknown { --own: var(--unknown); }
      .down::before { border-radius: 2px; } .unknown::before { background: var(--surface); border: 3px solid var(--own); }
      time { font-weight: 600; white-space: nowrap; } small { display: block; font-weight: 400; color: var(--ink-3); font-size: var(--text-12); }
      @media (max-width: 560px) { li { grid-template-columns: 6.2em minmax(0, 1fr); gap: 0 var(--space-2); } }
    `,
  ];

  @property({ attribute: false }) moments: readonly IncidentMoment[] = [];

  protected override render(): TemplateResult {
    const sorted = [...this.moments].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    const first = sorted[0] ? Date.parse(sorted[0].at) : 0;
    return html`<ol>${sorted.map((one, index) => {
      const at = Date.parse(one.at);
      return html`<li class=${tones[one.kind] ?? ''}><time datetime=${one.at} title=${time(at, 'full')}>${time(at, 'second')}${
        index > 0 ? html`<small>+ ${afterwards(at - first)}</small>` : nothing
      }</time><span>${one.text}</span></li>`;
    })}</ol>`;
  }
}

function afterwards(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}\u00a0s` : duration(ms);
}
