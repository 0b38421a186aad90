import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Incident } from '../../../appliance/features/judge/incident/schema.ts';
import type { Outage } from '../../../appliance/features/judge/outage/schema.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { icon } from '../lib/icons.ts';
import { IncidentLoader } from '../lib/incident-loader.ts';
import { go } from '../lib/navigation.ts';
import { Person } from '../lib/person.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { words } from '../lib/words.ts';
import '../parts/evidence-actions.ts';
import '../parts/incident-group.ts';
import '../parts/incident-head.ts';
import '../parts/incident-notes.ts';
import type { IncidentNotes } from '../parts/incident-notes.ts';
import '../parts/incident-view.ts';
import type { IncidentView } from '../parts/incident-view.ts';
import { incidentStyles } from './incident-styles.ts';

/** One incident: what happened, whose fault it was and what proves it; and what people say about it. */
@customElement('ist-incident')
export class IncidentPage extends LitElement {
  static override styles = [baseStyles, incidentStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private shared = '';
  @query('ist-incident-view') private view?: IncidentView;
  @query('ist-incident-notes') private notes?: IncidentNotes;
  readonly #loader = new IncidentLoader(this);
  protected readonly watch = new Watch(this, 'status', 'targets', 'connection');
  readonly #person = new Person(this);
  #shown: number | null = null;
  #second: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
    // What lasts counts up.
    this.#second = setInterval(() => {
      if (this.#loader.detail?.incident.endedAt === null) this.requestUpdate();
    }, 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    clearInterval(this.#second);
    this.#shown = null;
  }

  protected override updated(): void {
    const id = Number(this.query.get('id'));
    if (this.#shown !== id) {
      this.#shown = id;
      this.shared = '';
      void this.#loader.load(id);
    }
    const title = this.#loader.detail?.incident.title;
    if (title) document.title = `${title} · ${appliance.status?.site ?? words.app.name}`;
  }

  #nowMs(): number {
    const { connection } = appliance;
    return connection.kind === 'stale' ? connection.sinceMs : appliance.nowMs();
  }

  protected override render(): TemplateResult {
    const { detail, failure, isMissing } = this.#loader;
    this.toggleAttribute('data-stale', appliance.connection.kind === 'stale');
    const back = html`<a class="back" href="/outages">${icon('back', 16)}${incidentWords.back}</a>`;
    if (!detail) return html`${back}${failure === null ? this.#skeleton() : this.#fault(failure, isMissing)}`;
    const { incident } = detail;
    const loader = this.#loader;
    const nowMs = this.#nowMs();
    const mayWrite = this.#person.may('write');
    return html`${back}
      <ist-incident-head .incident=${incident} site=${appliance.status?.site ?? ''} nowMs=${nowMs}></ist-incident-head>
      <section class="card" aria-label=${incidentWords.actions.heading}><ist-evidence-actions incident=${incident.id} ?acknowledged=${incident.isAcknowledged} ?editable=${mayWrite}
        ?busy=${loader.isBusy} .problem=${loader.problem} shared=${this.shared} .snapshots=${loader.snapshots} .chain=${loader.chain} .chainFailure=${loader.chainFailure}
        @share=${() => void this.#share()} @acknowledge=${() => void loader.acknowledge()}
        @remove=${(event: CustomEvent<string>) => void this.#removeSnapshot(event.detail)}></ist-evidence-actions></section>
      <ist-incident-view .detail=${detail} .targets=${appliance.targets ?? []} nowMs=${nowMs}></ist-incident-view>
      <div class="two">
        <section class="card"><ist-incident-notes .notes=${detail.notes} .tags=${incident.tags} nowMs=${nowMs} ?busy=${loader.isBusy} ?editable=${mayWrite}
          @note=${(event: CustomEvent<string>) => void this.#note(event.detail)}
          @remove-note=${(event: CustomEvent<number>) => void loader.removeNote(event.detail)}
          @tags=${(event: CustomEvent<string[]>) => void loader.tag(event.detail)}></ist-incident-notes></section>
        ${mayWrite ? this.#group(incident, detail.outages, nowMs) : nothing}</div>`;
  }

  #group(incident: Incident, outages: readonly Outage[], nowMs: number): TemplateResult {
    const loader = this.#loader;
    return html`<section class="card"><ist-incident-group .incident=${incident} .outages=${outages} .neighbours=${loader.neighbours} nowMs=${nowMs} ?busy=${loader.isBusy}
          @merge=${(event: CustomEvent<number[]>) => void this.#merge(event.detail)}
          @split=${(event: CustomEvent<number[]>) => void loader.split(event.detail)}></ist-incident-group></section>`;
  }

  #skeleton(): TemplateResult {
    return html`<h1 class="muted" aria-busy="true">${incidentWords.loading}</h1><div class="two"><section class="card"><div class="bone fault-bone"></div></section>
      <section class="card"><div class="bone fault-bone"></div></section></div>
      <section class="card"><div class="bone strip-bone"></div></section><section class="card"><div class="bone chart-bone"></div></section>`;
  }

  #fault(failure: string, isMissing: boolean): TemplateResult {
    return html`<section class="card"><h1>${isMissing ? incidentWords.missing : incidentWords.failed(failure)}</h1>
      <p class="muted">${isMissing ? incidentWords.missingAdvice : ''}</p>
      <p><button type="button" class="button" @click=${() => this.#loader.retry()}>${words.app.tryAgain}</button></p></section>`;
  }

  async #share(): Promise<void> {
    const id = await this.#loader.share();
    if (id !== null) this.shared = `${location.origin}/snapshot?id=${encodeURIComponent(id)}`;
  }

  async #removeSnapshot(id: string): Promise<void> {
    if (await this.#loader.removeSnapshot(id)) this.shared = '';
  }

  async #note(text: string): Promise<void> {
    if (await this.#loader.note(text)) this.notes?.clearText();
  }

  async #merge(ids: readonly number[]): Promise<void> {
    const kept = await this.#loader.merge(ids);
    if (kept !== null && kept !== this.#shown) go(`/incident?id=${kept}`, 'replace');
  }

  #key = (event: KeyboardEvent): void => {
    const focused = event.composedPath()[0];
    const isWriting = focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement;
    if (isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 't') this.view?.toggleTable();
  };
}
