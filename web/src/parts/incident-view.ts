import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { IncidentDetail } from '../../../appliance/features/judge/incident/schema.ts';
import type { Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, time } from '../lib/format.ts';
import { captureOf, mainOutage, momentPaths } from '../lib/moment-path.ts';
import type { PathStation } from '../lib/path.ts';
import { incidentWords } from '../lib/words/incident.ts';
import './evidence-table.ts';
import './fault-card.ts';
import './moment-chart.ts';
import type { MomentChart } from './moment-chart.ts';
import './moment-list.ts';
import './name-answers.ts';
import './path-strip.ts';
import './trace-columns.ts';

const words = incidentWords;

/** Everything known of an incident, for reading: the incident page and the snapshot viewer show the same. */
@customElement('ist-incident-view')
export class IncidentView extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
      .two { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
      h2 { margin-bottom: var(--space-2); }
      .strips { display: grid; gap: var(--space-5); grid-template-columns: repeat(3, minmax(0, 1fr)); margin-top: var(--space-2); }
      .strips + .note { margin-top: var(--space-4); }
      .strips h3 { font-size: var(--text-14); margin-bottom: var(--space-3); }
      .impacts { display: grid; gap: var(--space-2); font-size: var(--text-16); } details { margin-top: var(--space-3); } summary { cursor: pointer; font-size: var(--text-12); color: var(--ink-2); min-height: 24px; }
      .head { display: flex; flex-wrap: wrap; gap: var(--space-2); justify-content: space-between; align-items: end; margin-bottom: var(--space-2); }
      .which { display: grid; gap: 2px; } label { font-size: var(--text-12); color: var(--ink-2); } select { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); color: var(--ink); max-width: 100%; }
      @media (pointer: coarse) { select { min-height: var(--touch); } }
      @media (max-width: 1000px) { .strips { grid-template-columns: minmax(0, 1fr); } .two { grid-template-columns: minmax(0, 1fr); } }
      @media (max-width: 560px) { .card { padding: var(--space-3); } }
      @media print { .two { grid-template-columns: 1fr 1fr; } .strips { grid-template-columns: minmax(0, 1fr); gap: var(--space-3); max-width: 560px; } .which, summary { display: none; } :host { gap: var(--space-5); } }
    `,
  ];

  @property({ attribute: false }) detail: IncidentDetail | null = null;
  /** What the box measures today. */
  @property({ attribute: false }) targets: readonly Target[] = [];
  @property({ type: Number }) nowMs = 0;
  /** The record whose exchanges and targets are shown; the main one until somebody chooses. */
  @state() private chosen: number | null = null;
  @query('ist-moment-chart') private chart?: MomentChart;

  protected override render(): TemplateResult | typeof nothing {
    const { detail } = this;
    if (!detail) return nothing;
    const outage = detail.outages.find((one) => one.id === this.chosen) ?? mainOutage(detail.outages);
    return html`<div class="two">
        <section class="card"><ist-fault-card .incident=${detail.incident} .outages=${detail.outages}></ist-fault-card></section>
        ${this.#impacts(detail)}</div>
      ${this.#strips(detail)}
      <section class="card" aria-labelledby="moment"><div class="head"><h2 id="moment">${words.chart.heading}</h2>${this.#picker(detail.outages, outage)}</div>
        <ist-moment-chart .capture=${outage ? captureOf(outage, detail.captures) : null} .outage=${outage} .targets=${this.targets} .outages=${detail.outages} .busy=${detail.busy} nowMs=${this.nowMs}></ist-moment-chart></section>
      <div class="two"><section class="card"><h2>${words.moments.heading}</h2><ist-moment-list .moments=${detail.timeline}></ist-moment-list></section>
        <section class="card"><h2>${words.names.heading}</h2><ist-name-answers .answers=${detail.names}></ist-name-answers></section></div>
      <section class="card"><h2>${words.nodes.heading}</h2><ist-evidence-table .outage=${outage}></ist-evidence-table></section>
      <section class="card"><h2>${words.traces.heading}</h2><ist-trace-columns .traces=${detail.traces}></ist-trace-columns></section>`;
  }

  /** For the key that every page with a chart knows. */
  toggleTable(): void {
    this.chart?.toggleTable();
  }

  #impacts({ impacts }: IncidentDetail): TemplateResult {
    const methods = [...new Set(impacts.map((one) => one.method))];
    return html`<section class="card"><h2>${words.impact.heading}</h2>
      ${impacts.length === 0 ? html`<p>${words.impact.none}</p>` : html`<ul class="impacts">${impacts.map((one) => html`<li>${one.text}</li>`)}</ul>`}
      ${methods.length > 0 ? html`<details><summary>${words.impact.method}</summary>${methods.map((method) => html`<p class="note">${method}</p>`)}</details>` : nothing}</section>`;
  }

  #strips(detail: IncidentDetail): TemplateResult | typeof nothing {
    const paths = momentPaths(detail, this.targets);
    if (!paths) return nothing;
    const main = mainOutage(detail.outages);
    const noAfter =
      main?.endedAt === null
        ? words.path.notYet
        : main?.endedBy === 'gap'
          ? words.path.cutOff
          : words.path.unknown;
    return html`<section class="card" aria-labelledby="way"><h2 id="way">${words.path.heading}</h2><div class="strips">
        ${this.#strip(words.path.before, paths.before, words.path.unknown)}
        ${this.#strip(words.path.during, paths.during, words.path.unknown)}
        ${this.#strip(words.path.after, paths.after, noAfter)}</div>
      <p class="note">${words.path.from}</p></section>`;
  }

  #strip(name: string, stations: readonly PathStation[] | null, nothingText: string): TemplateResult {
    return html`<div role="group" aria-label=${name}><h3>${name}</h3>
      ${stations ? html`<ist-path-strip compact .stations=${stations}></ist-path-strip>` : html`<p class="muted">${nothingText}</p>`}</div>`;
  }

  #picker(outages: readonly Outage[], outage: Outage | null): TemplateResult | typeof nothing {
    if (outages.length < 2) return nothing;
    return html`<div class="which"><label for="which">${words.chart.which}</label><select id="which" @change=${(
      event: Event,
    ) => {
      this.chosen = Number((event.target as HTMLSelectElement).value); // the listener's own element
    }}>${outages.map((one) => {
      const startMs = Date.parse(one.startedAt);
      const length = (one.endedAt === null ? this.nowMs : Date.parse(one.endedAt)) - startMs;
      return html`<option value=${one.id} ?selected=${one.id === outage?.id}>${time(startMs, 'second')}, ${duration(length)}</option>`;
    })}</select></div>`;
  }
}
