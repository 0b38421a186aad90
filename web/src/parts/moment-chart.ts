import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { BusyPeriod, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import type { Capture } from '../../../appliance/features/watch/black-box/schema.ts';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import '../charts/live-chart.ts';
import type { LiveChart } from '../charts/live-chart.ts';
import type { LiveSeries } from '../charts/live-scene.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { type CaptureWindow, captureRings, captureSeries, countOf, windowsOf } from '../lib/capture-view.ts';
import { count, time } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import type { LiveRing } from '../lib/live-ring.ts';
import { shadesOf } from '../lib/troubles.ts';
import { witnessesOf } from '../lib/witness.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { words as common } from '../lib/words.ts';

const words = incidentWords.chart;

/** The exchanges the black box kept around one outage; its beginning and its end a press away. */
@customElement('ist-moment-chart')
export class MomentChart extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .tools { display: flex; flex-wrap: wrap; gap: var(--space-1); margin-bottom: var(--space-2); } .tools .button { background: none; } .tools .button[aria-pressed="true"] { background: var(--accent-tint); }
      .grow { flex: 1; } .note { margin-top: var(--space-2); }
      @media print { .tools { display: none; } }
    `,
  ];

  @property({ attribute: false }) capture: Capture | null = null;
  @property({ attribute: false }) outage: Outage | null = null;
  /** What the box measures today: names for exchanges that the evidence did not need. */
  @property({ attribute: false }) targets: readonly Target[] = [];
  /** All of the incident, to be shaded. */
  @property({ attribute: false }) outages: readonly Outage[] = [];
  @property({ attribute: false }) busy: readonly BusyPeriod[] = [];
  @property({ type: Number }) nowMs = 0;
  @state() private window: CaptureWindow = 'whole';
  @query('ist-live-chart') private chart?: LiveChart;
  #rings: ReadonlyMap<string, LiveRing> = new Map();
  #series: readonly LiveSeries[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('capture') && !changed.has('outage') && !changed.has('targets')) return;
    this.#rings = this.capture ? captureRings(this.capture) : new Map();
    this.#series =
      this.capture && this.outage
        ? captureSeries(this.capture, witnessesOf(this.outage.evidence.nodes, this.targets))
        : [];
  }

  protected override render(): TemplateResult {
    const { capture } = this;
    if (!capture || this.#series.length === 0) return html`<p class="muted">${words.none}</p>`;
    const windows = windowsOf(capture, this.outage);
    const name = windows.has(this.window) ? this.window : 'whole';
    const span = windows.get(name) ?? {
      fromMs: Date.parse(capture.startedAt),
      toMs: Date.parse(capture.endedAt),
    };
    return html`<div class="tools">
        ${
          windows.size > 1
            ? html`<div role="group" aria-label=${words.window}>${[...windows.keys()].map(
                (one) =>
                  html`<button type="button" class="button" aria-pressed=${one === name} @click=${() => {
                    this.window = one;
                  }}>${words[one]}</button>`,
              )}</div>`
            : nothing
        }<span class="grow"></span>
        <button type="button" class="button" title=${common.chart.tableKey} @click=${() => this.toggleTable()}>${icon('table', 16)}${common.chart.table}</button></div>
      <ist-live-chart name=${words.name} .series=${this.#series} .rings=${this.#rings} .shades=${shadesOf({ outages: [...this.outages], busy: [...this.busy] }, this.nowMs)}
        .nowMs=${span.toMs} .viewMs=${span.toMs - span.fromMs}></ist-live-chart>
      <p class="note">${words.kept(time(Date.parse(capture.startedAt), 'second'), time(Date.parse(capture.endedAt), 'second'), count(countOf(capture)))}</p>`;
  }

  toggleTable(): void {
    this.chart?.toggleTable();
  }
}
