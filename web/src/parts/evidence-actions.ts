import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { SnapshotSummary } from '../../../appliance/features/judge/incident/schema.ts';
import type { ChainState } from '../../../appliance/features/tell/evidence/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, time } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import { incidentWords } from '../lib/words/incident.ts';

const words = incidentWords.actions;

/** What one can take away from an incident. Emits `share`, `acknowledge`, and `remove` with the id of a snapshot. */
@customElement('ist-evidence-actions')
export class EvidenceActions extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); } .main { background: var(--accent); color: var(--accent-ink); font-weight: 600; } .main:hover { color: var(--accent-ink); }
      .shared { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: var(--space-2); margin-top: var(--space-3); max-width: 640px; } .shared p { grid-column: 1 / -1; font-size: var(--text-14); }
      input { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); width: 100%; }
      details { margin-top: var(--space-3); font-size: var(--text-14); } summary { cursor: pointer; min-height: 24px; color: var(--ink-2); } li { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-3); align-items: center; padding: 2px 0; }
      .problem { color: var(--down); font-size: var(--text-14); margin-top: var(--space-2); } .note { margin-top: var(--space-3); overflow-wrap: anywhere; }
      @media (pointer: coarse) { input { min-height: var(--touch); } }
      @media (max-width: 560px) { .buttons { display: grid; grid-template-columns: 1fr 1fr; } .buttons .button { justify-content: center; white-space: normal; text-align: center; line-height: 1.25; padding: 4px var(--space-2); } .main { grid-column: 1 / -1; } .buttons > :last-child { grid-column: 1 / -1; } }
      @media print { details, .shared, .problem { display: none; } }
    `,
  ];

  @property({ type: Number }) incident = 0;
  @property({ type: Boolean }) acknowledged = false;
  @property({ type: Boolean }) busy = false;
  /** Whether who looks may change anything. */
  @property({ type: Boolean }) editable = false;
  @property({ attribute: false }) problem: string | null = null;
  /** The whole address of a snapshot that was just made. */
  @property() shared = '';
  @property({ attribute: false }) snapshots: readonly SnapshotSummary[] = [];
  @property({ attribute: false }) chain: ChainState | null = null;
  @property({ attribute: false }) chainFailure: string | null = null;
  @state() private isCopied = false;
  @query('input') private address?: HTMLInputElement;

  protected override render(): TemplateResult {
    const report = `/api/incidents/${this.incident}/report`;
    return html`<div class="buttons">
        <a class="button main" href=${report} download>${icon('download', 16)}${words.report}</a>
        <a class="button" href="${report}?format=html" target="_blank" rel="noopener">${words.read}</a>
        ${this.editable ? html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.#emit('share')}>${words.share}</button>` : nothing}
        ${this.#acknowledgement()}</div>
      ${this.problem === null ? nothing : html`<p class="problem" role="alert">${words.failed(this.problem)}</p>`}
      ${
        this.shared
          ? html`<div class="shared"><p id="shared">${words.shared}</p><input readonly .value=${this.shared} aria-label=${words.address} aria-describedby="shared" @focus=${() => this.address?.select()} />
            <button type="button" class="button" @click=${this.#copy}>${this.isCopied ? words.copied : words.copy}</button></div>`
          : nothing
      }
      ${this.snapshots.length > 0 ? this.#made() : nothing}
      ${this.#chain()}`;
  }

  #acknowledgement(): TemplateResult | typeof nothing {
    if (this.acknowledged)
      return html`<span class="button" role="status">${icon('check', 16)}${words.acknowledged}</span>`;
    if (!this.editable) return nothing;
    return html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.#emit('acknowledge')}>${icon('check', 16)}${words.acknowledge}</button>`;
  }

  #made(): TemplateResult {
    return html`<details><summary>${words.snapshots(this.snapshots.length)}</summary><ul>${this.snapshots.map(
      (one) => {
        const said = time(Date.parse(one.at), 'full');
        return html`<li><a href="/snapshot?id=${encodeURIComponent(one.id)}">${said}</a>
        ${
          this.editable
            ? html`<button type="button" class="button" ?disabled=${this.busy} aria-label=${words.removeSnapshot(said)}
                @click=${() => this.dispatchEvent(new CustomEvent('remove', { detail: one.id }))}>${words.remove}</button>`
            : nothing
        }</li>`;
      },
    )}</ul></details>`;
  }

  #chain(): TemplateResult | typeof nothing {
    const { chain } = this;
    if (this.chainFailure !== null)
      return html`<p class="note">${incidentWords.partFailed(words.heading, this.chainFailure)}</p>`;
    if (!chain) return nothing;
    if (chain.publicKey === '') return html`<p class="note">${words.noKey(chain.problem ?? '')}</p>`;
    const end =
      chain.isIntact === null
        ? words.unchecked
        : chain.isIntact
          ? words.intact
          : words.broken(chain.problem ?? '');
    return html`<p class="note">${words.chain(chain.fingerprint)}${words.links(chain.length, count(chain.length))}${end}</p>`;
  }

  /** Pages over plain HTTP have no clipboard of their own; the selected text can be copied all the same. */
  #copy = async (): Promise<void> => {
    this.address?.select();
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(this.shared);
      else this.isCopied = document.execCommand('copy');
      this.isCopied ||= navigator.clipboard !== undefined;
    } catch {
      this.isCopied = false; // refused: the address stands there, selected
    }
  };

  #emit(name: string): void {
    this.dispatchEvent(new CustomEvent(name));
  }
}
