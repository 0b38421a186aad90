import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Snapshot } from '../../../appliance/features/judge/incident/schema.ts';
import { getJson, RequestFailed } from '../lib/api.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { time } from '../lib/format.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { words } from '../lib/words.ts';
import '../parts/incident-head.ts';
import '../parts/incident-view.ts';
import type { IncidentView } from '../parts/incident-view.ts';
import { incidentStyles } from './incident-styles.ts';

const own = incidentWords.snapshot;

/** An incident as it was known at one moment, for somebody who got its address. */
@customElement('ist-snapshot')
export class SnapshotPage extends LitElement {
  static override styles = [baseStyles, incidentStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private snapshot: Snapshot | null = null;
  @state() private failure: string | null = null;
  @query('ist-incident-view') private view?: IncidentView;
  protected readonly watch = new Watch(this, 'targets');
  #asked: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    this.#asked = null;
  }

  protected override updated(): void {
    const id = this.query.get('id') ?? '';
    if (this.#asked !== id) void this.#load(id);
    if (this.snapshot) document.title = `${this.snapshot.detail.incident.title} · ${words.place.snapshot}`;
  }

  async #load(id: string): Promise<void> {
    this.#asked = id;
    this.failure = null;
    try {
      const snapshot = await getJson<Snapshot>(`/api/snapshots/${encodeURIComponent(id)}`);
      if (this.#asked === id) this.snapshot = snapshot;
    } catch (error) {
      if (this.#asked !== id) return;
      const isMissing = error instanceof RequestFailed && error.status === 404;
      const why = error instanceof Error ? error.message : String(error);
      this.failure = isMissing ? own.missing : incidentWords.failed(why);
      this.snapshot = null;
    }
  }

  protected override render(): TemplateResult {
    const { snapshot } = this;
    if (this.failure !== null)
      return html`<section class="card"><h1>${this.failure}</h1><p class="muted">${own.missingAdvice}</p></section>`;
    if (!snapshot)
      return html`<h1 class="muted" aria-busy="true">${own.loading}</h1><section class="card"><div class="bone chart-bone"></div></section>`;
    const atMs = Date.parse(snapshot.at);
    const { detail } = snapshot;
    return html`<p class="banner">${own.banner(time(atMs, 'full'), snapshot.site)}${
      snapshot.leftOut.length > 0 ? ` ${own.leftOut(snapshot.leftOut.join(', '))}` : ''
    } <a href="/incident?id=${detail.incident.id}">${own.live}</a></p>
      <ist-incident-head .incident=${detail.incident} site=${snapshot.site} nowMs=${atMs}></ist-incident-head>
      <ist-incident-view .detail=${detail} .targets=${appliance.targets ?? []} nowMs=${atMs}></ist-incident-view>
      ${this.#notes(snapshot)}`;
  }

  #notes({ detail }: Snapshot): TemplateResult | typeof nothing {
    if (detail.notes.length === 0) return nothing;
    return html`<section class="card"><h2>${incidentWords.notes.heading}</h2><ul>${detail.notes.map(
      (note) => html`<li><p>${note.text}</p><p class="note">${time(Date.parse(note.at), 'full')}</p></li>`,
    )}</ul></section>`;
  }

  #key = (event: KeyboardEvent): void => {
    if (event.key === 't' && !event.ctrlKey && !event.metaKey && !event.altKey) this.view?.toggleTable();
  };
}
