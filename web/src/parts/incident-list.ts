import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, time } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import type { Row } from '../lib/outages-view.ts';
import { outagesWords } from '../lib/words/outages.ts';
import { verdictWords } from '../lib/words/verdict.ts';

const words = outagesWords.list;
/** Rows shown at first and added with every press of the button. */
const pageRows = 60;
/** Rows over more than this stand under months instead of days. */
const longMs = 45 * 86_400_000;

/** Incidents, full lines and gaps by day; incidents are links. */
@customElement('ist-incident-list')
export class IncidentRows extends LitElement {
  static override styles = [
    baseStyles,
    css`
      h3 { font-size: var(--text-12); font-weight: 600; color: var(--ink-3); padding: var(--space-3) var(--space-2) var(--space-1); }
      ul { margin: 0 calc(-1 * var(--space-2)); }
      .row { display: grid; grid-template-columns: 5.2em 20px minmax(0, 1fr) minmax(6.5em, auto) 16px; gap: 0 var(--space-3); align-items: center; min-height: var(--touch); padding: 6px var(--space-2); border-radius: var(--radius); color: var(--ink); font-size: var(--text-14); }
      .long .row { grid-template-columns: 7.5em 20px minmax(0, 1fr) minmax(6.5em, auto) 16px; }
      a.row:hover { background: var(--inset); text-decoration: none; }
      time { color: var(--ink-3); } .row > .icon { color: var(--ink-3); }
      .kind { display: grid; place-items: center; }
      .title { font-weight: 500; } .below { display: block; font-size: var(--text-12); color: var(--ink-2); font-weight: 400; }
      .quiet .title { color: var(--ink-2); font-weight: 400; }
      .length { text-align: right; font-weight: 600; white-space: nowrap; } .quiet .length { font-weight: 400; color: var(--ink-2); }
      .open .length { color: var(--down); } .open.degradation .length, .open.busy .length { color: var(--degraded); }
      .tag { display: inline-block; background: var(--accent-tint); color: var(--accent); border-radius: 4px; padding: 0 6px; margin-left: 6px; }
      .more { margin-top: var(--space-3); }
      @media (max-width: 560px) {
        .row, .long .row { grid-template-columns: 18px minmax(0, 1fr) auto; gap: 2px var(--space-2); align-items: start; padding: var(--space-2); }
        .kind { grid-area: 1 / 1; padding-top: 4px; } .what { grid-area: 1 / 2; } .length { grid-area: 1 / 3; }
        time { grid-area: 2 / 2; font-size: var(--text-12); } .row > .icon { display: none; }
      }
    `,
  ];

  @property({ attribute: false }) rows: readonly Row[] = [];
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) namesLine = false;
  @state() private shown = pageRows;

  protected override render(): TemplateResult {
    const rows = this.rows.slice(0, this.shown);
    const rest = this.rows.length - this.shown;
    const isLong = (rows[0]?.fromMs ?? 0) - (rows.at(-1)?.fromMs ?? 0) > longMs;
    const groups = Map.groupBy(rows, ({ fromMs }) => (isLong ? monthOf(fromMs) : dayOf(fromMs, this.nowMs)));
    return html`<div class=${isLong ? 'long' : ''}>${[...groups].map(
      ([name, group]) =>
        html`<section><h3>${name}</h3><ul>${group.map((row) => html`<li>${this.#row(row, isLong)}</li>`)}</ul></section>`,
    )}</div>
      ${
        rest > 0
          ? html`<button type="button" class="button more" @click=${() => {
              this.shown += pageRows;
            }}>${words.more(Math.min(rest, pageRows))}</button>`
          : nothing
      }`;
  }

  #row(row: Row, isLong: boolean): TemplateResult {
    const at = isLong ? time(row.fromMs, 'moment') : time(row.fromMs, 'second');
    const body = html`<time datetime=${new Date(row.fromMs).toISOString()} title=${time(row.fromMs, 'full')}>${at}</time>
      <span class="kind">${kindMark(row.kind)}</span>${this.#what(row)}
      <span class="length">${duration((row.toMs ?? this.nowMs) - row.fromMs)}</span>`;
    const isIncident = row.kind === 'outage' || row.kind === 'degradation';
    const look = `row ${row.kind} ${isIncident ? '' : 'quiet'} ${row.toMs === null ? 'open' : ''}`;
    return isIncident
      ? html`<a class=${look} href="/incident?id=${row.incident.id}">${body}${icon('arrow', 16)}</a>`
      : html`<div class=${look}>${body}</div>`;
  }

  #what(row: Row): TemplateResult {
    const kind = html`<span class="hidden-text">${outagesWords.timeline.kind[row.kind]}: </span>`;
    if (row.kind === 'gap')
      return html`<span class="what">${kind}<span class="title">${row.gap.text}</span><span class="below">${words.unobserved}</span></span>`;
    const goesOn = row.toMs === null ? html` · ${words.goesOn}` : nothing;
    if (row.kind === 'busy')
      return html`<span class="what">${kind}<span class="title">${row.busy.text}</span><span class="below">${words.noFault}${this.#line(row.busy.line)}${goesOn}</span></span>`;
    const { incident } = row;
    return html`<span class="what">${kind}<span class="title">${incident.title}</span>
      <span class="below">${verdictWords.short[incident.verdict]}, ${verdictWords.confidence(incident.confidence)}${this.#line(incident.line)}${goesOn}${
        incident.isAcknowledged ? html` · ${words.seen}` : nothing
      }${incident.tags.map((tag) => html`<span class="tag">${tag}</span>`)}</span></span>`;
  }

  #line(name: string): TemplateResult | typeof nothing {
    return this.namesLine ? html` · ${words.on(name)}` : nothing;
  }
}

/** The kinds by shape: square, triangle, bars, ring. */
function kindMark(kind: Row['kind']): TemplateResult {
  if (kind === 'outage') return marker('down', 13);
  if (kind === 'degradation') return marker('degraded', 13);
  if (kind === 'gap') return marker('unknown', 13);
  return html`<svg width="13" height="13" viewBox="0 0 14 14" aria-hidden="true"><path d="M2 13V8M7 13V4M12 13V1" stroke="var(--busy)" stroke-width="3" /></svg>`;
}

function monthOf(ms: number): string {
  return `${time(ms, 'longMonth')} ${time(ms, 'year')}`;
}

function dayOf(ms: number, nowMs: number): string {
  const isThisYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return isThisYear ? time(ms, 'weekday') : `${time(ms, 'weekday')} ${time(ms, 'year')}`;
}
