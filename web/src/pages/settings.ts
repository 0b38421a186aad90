import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { OutsideEntry, OutsideList } from '../../../appliance/features/keep/consent/schema.ts';
import type { Configuration } from '../../../appliance/features/keep/settings/schema.ts';
import type { BridgeStatus } from '../../../appliance/features/share/mqtt/schema.ts';
import { getJson, RequestFailed, sendJson } from '../lib/api.ts';
import { appliance } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { formStyles } from '../lib/form-styles.ts';
import { sentence } from '../lib/format.ts';
import { isFound, type Section, sectionsOf } from '../lib/settings-view.ts';
import { settingsWords as words } from '../lib/words/settings.ts';
import '../parts/consent-list.ts';
import '../parts/mqtt-status.ts';
import '../parts/setting-field.ts';

/** Everything that can be configured, drawn from the schema that also checks the file. */
@customElement('ist-settings')
export class SettingsPage extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host { display: grid; gap: var(--space-4); max-width: 860px; } h1 { font-size: var(--text-20); } .lead { color: var(--ink-2); font-size: var(--text-14); overflow-wrap: anywhere; }
      ist-setting + ist-setting { border-top: 1px solid var(--line); } section > .note { margin: 4px 0 var(--space-2); }
      .warn { background: var(--degraded-tint); border-radius: var(--radius); padding: var(--space-3) var(--space-4); font-size: var(--text-14); overflow-wrap: anywhere; }
      .bone { height: 300px; border-radius: var(--radius); background: var(--surface); }
    `,
  ];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private config: Configuration | null = null;
  @state() private outside: readonly OutsideEntry[] | null = null;
  @state() private outsideFailure: string | null = null;
  @state() private failure: string | null = null;
  @state() private mqtt: BridgeStatus | null = null;
  @state() private mqttFailure: string | null = null;
  @state() private sought = '';
  @state() private isBusy = false;
  @state() private problems: ReadonlyMap<string, string> = new Map();
  #leave: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
    // Somebody else, the command line, or the file itself.
    const undo = [
      appliance.on('settings', () => void this.#load()),
      appliance.on('mqtt', () => void this.#loadMqtt()),
    ];
    this.#leave = () => {
      for (const each of undo) each();
    };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
  }

  #load = async (): Promise<void> => {
    await Promise.all([this.#loadConfig(), this.#loadOutside(), this.#loadMqtt()]);
  };

  async #loadMqtt(): Promise<void> {
    try {
      this.mqtt = await getJson<BridgeStatus>('/api/mqtt');
      this.mqttFailure = null;
    } catch (error) {
      this.mqttFailure = textOf(error);
    }
  }

  async #loadConfig(): Promise<void> {
    try {
      this.config = await getJson<Configuration>('/api/config');
      this.failure = null;
    } catch (error) {
      this.failure =
        error instanceof RequestFailed && error.code === 'SCOPE_MISSING'
          ? words.forbidden
          : words.failed(textOf(error));
    }
  }

  async #loadOutside(): Promise<void> {
    try {
      this.outside = (await getJson<OutsideList>('/api/consent')).services;
      this.outsideFailure = null;
    } catch (error) {
      this.outsideFailure = words.consent.failed(textOf(error));
    }
  }

  protected override render(): TemplateResult {
    const { config } = this;
    if (!config)
      return html`${
        this.failure === null
          ? html`<h1 class="muted" aria-busy="true">${words.loading}</h1><div class="bone"></div>`
          : html`<section class="card"><h1>${this.failure}</h1>
              <p><button type="button" class="button" @click=${this.#load}>${words.tryAgain}</button></p></section>`
      }${this.failure === null ? nothing : this.#outside(true)}`;
    const sections = sectionsOf(config)
      .map((one) => ({ ...one, settings: one.settings.filter((setting) => isFound(setting, this.sought)) }))
      .filter((one) => one.settings.length > 0);
    return html`<div><h1>${words.title}</h1><p class="lead">${words.lead(config.file)}</p></div>
      ${this.#notices(config)}
      <div class="field"><label for="search">${words.search}</label><input id="search" type="search" autocomplete="off" .value=${this.sought}
        @input=${(event: Event) => {
          this.sought = (event.currentTarget as HTMLInputElement).value; // the input above
        }} /></div>
      ${this.sought === '' ? this.#outside(false) : nothing}
      ${
        sections.length === 0
          ? html`<p class="card muted">${words.none(this.sought)}</p>`
          : repeat(
              sections,
              (one) => one.name,
              (one) => this.#section(one),
            )
      }`;
  }

  #notices({ problems, waitingForRestart }: Configuration): TemplateResult {
    return html`${
      problems.length === 0
        ? nothing
        : html`<div class="warn" role="status"><p>${words.wrongFile}</p><ul>${problems.map((one) => html`<li class="mono">${one.message}</li>`)}</ul></div>`
    }${waitingForRestart.length === 0 ? nothing : html`<p class="warn" role="status">${words.waiting(waitingForRestart.length)}</p>`}`;
  }

  /** Everybody who may look may know who is contacted; only who may configure can change it. */
  #outside(isFixed: boolean): TemplateResult {
    return html`<section class="card" aria-labelledby="consent"><h2 id="consent">${words.consent.heading}</h2><p class="note">${words.consent.lead}</p>
      ${this.outsideFailure === null ? nothing : html`<p class="error" role="alert">${this.outsideFailure}</p>`}
      <ist-consent-list .services=${this.outside ?? []} .problems=${this.problems} ?busy=${this.isBusy || isFixed} .change=${this.#consent}
        nowMs=${appliance.nowMs()}></ist-consent-list></section>`;
  }

  #section({ name, title, description, settings }: Section): TemplateResult {
    return html`<section class="card" aria-labelledby=${`section-${name}`}><h2 id=${`section-${name}`}>${title}</h2>
      ${description && settings[0]?.path !== name ? html`<p class="note">${sentence(description)}</p>` : nothing}
      ${name === 'mqtt' ? html`<ist-mqtt-status .status=${this.mqtt} .failure=${this.mqttFailure}></ist-mqtt-status>` : nothing}
      ${repeat(
        settings,
        (one) => one.path, // what is being typed stays with its setting while one searches
        (one) => html`<ist-setting .setting=${one} .save=${this.#save}></ist-setting>`,
      )}</section>`;
  }

  #save = async (path: string, value?: unknown): Promise<string | null> => {
    try {
      this.config = await sendJson<Configuration>('PATCH', '/api/config', {
        path,
        ...(value !== undefined && { value }),
      });
      return null;
    } catch (error) {
      return sentence(textOf(error));
    }
  };

  #consent = async (id: string, isOn: boolean): Promise<void> => {
    this.isBusy = true;
    const problems = new Map(this.problems);
    problems.delete(id);
    try {
      const entry = await sendJson<OutsideEntry>('PUT', `/api/consent/${encodeURIComponent(id)}`, { isOn });
      this.outside = (this.outside ?? []).map((one) => (one.id === id ? entry : one));
    } catch (error) {
      problems.set(id, sentence(textOf(error)));
    }
    this.problems = problems;
    this.isBusy = false;
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
