import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { TlsStatus } from '../../../appliance/features/keep/certificate/schema.ts';
import type { SystemFacts } from '../../../appliance/features/keep/system/schema.ts';
import type { ChainState } from '../../../appliance/features/tell/evidence/schema.ts';
import type { ShippedPackage, ShippedPackages } from '../../packages.ts';
import { getJson } from '../lib/api.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, time } from '../lib/format.ts';
import { aboutWords as words } from '../lib/words/about.ts';

/** Version, licences, and the fingerprints by which this box is known. */
@customElement('ist-about')
export class AboutPage extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); max-width: 860px; } h1 { font-size: var(--text-20); } .lead { color: var(--ink-2); }
      .card { display: grid; gap: var(--space-3); } dl { display: grid; gap: var(--space-2) var(--space-4); grid-template-columns: minmax(120px, 200px) minmax(0, 1fr); font-size: var(--text-14); }
      dt { color: var(--ink-3); } dd { overflow-wrap: anywhere; } .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: var(--text-12); }
      summary { cursor: pointer; min-height: var(--touch); display: flex; align-items: center; font-weight: 600; font-size: var(--text-14); } summary::before { content: '+'; width: 1.2em; color: var(--accent); } details[open] > summary::before { content: '−'; }
      .scroll { overflow-x: auto; } td, th { text-align: left; }
      @media (max-width: 560px) { dl { grid-template-columns: minmax(0, 1fr); gap: 2px; } dd { margin-bottom: var(--space-2); } }
    `,
  ];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private system: SystemFacts | null = null;
  @state() private chain: ChainState | null = null;
  @state() private tls: TlsStatus | null = null;
  @state() private packages: ShippedPackages | null = null;
  @state() private failures: ReadonlyMap<string, string> = new Map();
  protected readonly watch = new Watch(this, 'status');

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load<SystemFacts>('/api/system', words.system, (system) => {
      this.system = system;
    });
    void this.#load<ChainState>('/api/evidence', words.evidence, (chain) => {
      this.chain = chain;
    });
    void this.#load<TlsStatus>('/api/tls', words.certificate, (tls) => {
      this.tls = tls;
    });
    void this.#load<ShippedPackages>('/packages.json', words.packages, (packages) => {
      this.packages = packages;
    });
  }

  async #load<Result>(path: string, what: string, apply: (result: Result) => void): Promise<void> {
    const failures = () => new Map(this.failures);
    try {
      apply(await getJson<Result>(path));
      const left = failures();
      if (left.delete(path)) this.failures = left;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.failures = failures().set(path, words.failed(what, why));
    }
  }

  protected override render(): TemplateResult {
    return html`<div><h1>${words.title}</h1><p class="lead">${words.what}</p></div>
      ${this.#facts()} ${this.#fingerprints()} ${this.#packages()}`;
  }

  #facts(): TemplateResult {
    const { system } = this;
    const row = (name: string, value: string | undefined) =>
      html`<dt>${name}</dt><dd>${value ?? words.loading}</dd>`;
    const startedMs = system && Date.parse(system.at) - system.process.uptimeSeconds * 1000;
    return html`<section class="card"><dl>
      ${row(words.version, appliance.status?.version ?? system?.versions.ist)} ${row(words.licence, words.ownLicence)}
      ${
        this.#failure('/api/system') === nothing
          ? html`${row(words.running, startedMs === null ? undefined : time(startedMs, 'full'))}
              ${row(words.box, system ? [system.host.name, system.host.model].filter(Boolean).join(', ') : undefined)}
              ${row(words.system, system ? `${system.host.system}, ${system.host.kernel}, ${system.host.architecture}` : undefined)}
              ${row(words.runtime, system ? words.node(system.versions.node, system.versions.openssl) : undefined)}
              ${row(words.measuring, system ? words.icmp[system.engine.icmp] : undefined)}`
          : nothing
      }</dl>${this.#failure('/api/system')}</section>`;
  }

  #fingerprints(): TemplateResult {
    const { chain, tls } = this;
    const mark = (text: string) => html`<span class="mono">${text}</span>`;
    return html`<section class="card" aria-labelledby="fingerprints"><h2 id="fingerprints">${words.fingerprints}</h2>
      <p class="note">${words.fingerprintsLead}</p><dl>
        <dt>${words.evidence}</dt><dd>${chain ? mark(chain.fingerprint || words.noEvidence) : words.loading}</dd>
        ${
          tls?.certificate
            ? html`<dt>${words.certificate}</dt><dd>${mark(tls.certificate.fingerprint)}<br /><span class="note">${words.until(
                time(Date.parse(tls.certificate.endsAt), 'full'),
              )}</span></dd>`
            : nothing
        }
        ${
          tls?.authority
            ? html`<dt>${words.authority}</dt><dd>${mark(tls.authority.fingerprint)}<br /><span class="note">${words.allowed(
                tls.authority.allowed.join(', '),
              )}</span><br /><a href="/api/tls/ca.crt" download>${words.download}</a></dd>`
            : nothing
        }</dl>
      ${tls?.inUse === 'none' ? html`<p class="note">${tls.notice ?? words.plain}</p>` : nothing}
      ${this.#failure('/api/evidence')} ${this.#failure('/api/tls')}</section>`;
  }

  #packages(): TemplateResult {
    const { packages } = this;
    const all = packages ? packages.service.length + packages.dashboard.length : 0;
    return html`<section class="card" aria-labelledby="packages"><h2 id="packages">${words.packages}</h2>
      ${
        packages
          ? html`<p class="note">${words.packagesLead(count(all))}</p>${this.#table(words.dashboard, packages.dashboard)}${this.#table(words.service, packages.service)}`
          : nothing
      }${this.#failure('/packages.json')}</section>`;
  }

  #table(title: string, list: readonly ShippedPackage[]): TemplateResult {
    return html`<details><summary>${title}: ${count(list.length)}</summary><div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <table><thead><tr><th scope="col">${words.name}</th><th scope="col">${words.version}</th><th scope="col">${words.licence}</th></tr></thead>
      <tbody>${list.map((one) => html`<tr><th scope="row">${one.name}</th><td>${one.version}</td><td>${one.licence}</td></tr>`)}</tbody></table></div></details>`;
  }

  #failure(path: string): TemplateResult | typeof nothing {
    const text = this.failures.get(path);
    return text === undefined ? nothing : html`<p class="muted" role="status">${text}</p>`;
  }
}
