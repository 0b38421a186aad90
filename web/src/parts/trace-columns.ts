import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { IncidentDetail } from '../../../appliance/features/judge/incident/schema.ts';
import type { PathHop, PathTrace } from '../../../appliance/features/watch/path/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { rtt, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { words as common } from '../lib/words.ts';

const words = incidentWords.traces;
type Traces = IncidentDetail['traces'];
type Phase = keyof Traces;
const phases: readonly Phase[] = ['before', 'during', 'after'];

/** The routers on the way before, during and after, side by side. */
@customElement('ist-trace-columns')
export class TraceColumns extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .columns { display: grid; gap: var(--space-4) var(--space-5); grid-template-columns: repeat(3, minmax(0, 1fr)); margin-top: var(--space-3); }
      h3 { font-size: var(--text-14); font-weight: 600; display: flex; gap: 6px; align-items: center; }
      th, td { padding: 4px var(--space-2); font-size: var(--text-12); } th:first-child { width: 2.4em; } td:nth-child(2), th:nth-child(2) { text-align: left; white-space: normal; overflow-wrap: anywhere; }
      td small { display: block; color: var(--ink-3); font-size: var(--text-12); } .silent td { color: var(--ink-3); }
      .lost { color: var(--down); font-weight: 600; }
      .which { display: inline-grid; gap: 2px; } label { font-size: var(--text-12); color: var(--ink-2); } select { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); color: var(--ink); }
      @media (pointer: coarse) { select { min-height: var(--touch); } }
      @media (max-width: 900px) { .columns { grid-template-columns: minmax(0, 1fr); } }
    `,
  ];

  @property({ attribute: false }) traces: Traces = { before: [], during: [], after: [] };
  @state() private chosen = '';

  protected override render(): TemplateResult {
    const all = phases.flatMap((phase) => this.traces[phase]);
    const ways = [...new Map(all.map((trace) => [keyOf(trace), trace.address])).entries()];
    const key = ways.some(([known]) => known === this.chosen) ? this.chosen : ways[0]?.[0];
    if (key === undefined) return html`<p class="muted">${words.none}</p>`;
    const before = this.#pick('before', key);
    return html`${
      ways.length > 1
        ? html`<div class="which"><label for="way">${words.target}</label><select id="way" @change=${(
            event: Event,
          ) => {
            this.chosen = (event.target as HTMLSelectElement).value; // the listener's own element
          }}>${ways.map(([known, address]) => html`<option value=${known} ?selected=${known === key}>${address}</option>`)}</select></div>`
        : nothing
    }<div class="columns">${phases.map((phase) => this.#column(phase, this.#pick(phase, key), before))}</div>`;
  }

  /** The trace nearest to the incident. */
  #pick(phase: Phase, key: string): PathTrace | null {
    const own = this.traces[phase].filter((trace) => keyOf(trace) === key);
    return (phase === 'before' ? own.at(-1) : own[0]) ?? null;
  }

  #column(phase: Phase, trace: PathTrace | null, before: PathTrace | null): TemplateResult {
    if (!trace)
      return html`<section><h3>${incidentWords.path[phase]}</h3><p class="note">${words.none}</p></section>`;
    const isSame = phase !== 'before' && before?.fingerprint === trace.fingerprint && trace.isReached;
    const at = Date.parse(trace.at);
    return html`<section><h3>${marker(trace.isReached ? 'up' : 'down', 12)}${incidentWords.path[phase]}</h3>
      <p class="note">${words.to(trace.address)} <time datetime=${trace.at} title=${time(at, 'full')}>${words.at(time(at, 'second'))}</time>: ${words.end[trace.end]}${isSame ? `, ${words.same}` : ''}</p>
      <table><caption class="hidden-text">${incidentWords.path[phase]}</caption>
        <thead><tr><th scope="col">${words.hop}</th><th scope="col">${words.router}</th><th scope="col">${words.time}</th></tr></thead>
        <tbody>${trace.hops.map((hop) => this.#hop(hop))}</tbody></table></section>`;
  }

  #hop(hop: PathHop): TemplateResult {
    const [address] = hop.addresses;
    const segment = hop.segment === null ? '' : common.segment[hop.segment];
    const isSilent = address === undefined;
    const more = [hop.name, segment, hop.network ? `AS${hop.network.asn} ${hop.network.owner}` : null].filter(
      Boolean,
    );
    return html`<tr class=${isSilent ? 'silent' : ''}><td>${hop.ttl}</td>
      <td>${isSilent ? words.silent : hop.addresses.join(', ')}${more.length > 0 ? html`<small>${more.join(' · ')}</small>` : nothing}</td>
      <td>${rtt(hop.rttMs)}${hop.lost > 0 && !isSilent ? html` <span class="lost">${hop.lost}/${hop.sent} ${common.now.lost}</span>` : nothing}</td></tr>`;
  }
}

function keyOf(trace: PathTrace): string {
  return `${trace.family} ${trace.target}`;
}
