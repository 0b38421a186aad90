import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Target } from '../../../appliance/features/watch/latency/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { icon } from '../lib/icons.ts';
import { maxTargets } from '../lib/latency-view.ts';
import { targetLabel } from '../lib/target-label.ts';
import { latencyWords } from '../lib/words/latency.ts';

/** One target, or several to compare. Emits `targets` with the chosen ids. */
@customElement('ist-target-picker')
export class TargetPicker extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .chips { display: flex; flex-wrap: wrap; gap: var(--space-1); align-items: center; }
      .chips .button { background: var(--surface); }
      .chips .button[aria-pressed="true"] { background: var(--accent-tint); font-weight: 600; }
      .dot { width: 10px; height: 10px; border-radius: 50%; background: var(--own); }
      .c0 { --own: var(--series-internet); } .c1 { --own: var(--series-provider); } .c2 { --own: var(--series-names); }
      .c3 { --own: var(--series-router); } .c4 { --own: var(--series-5); } .c5 { --own: var(--series-6); }
      @media (max-width: 560px) {
        .chips { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; margin: 0 calc(-1 * var(--space-3)); padding: 2px var(--space-3); }
        .chips .button { flex: none; padding: 0 10px; font-size: var(--text-12); }
      }
    `,
  ];

  @property({ attribute: false }) targets: readonly Target[] = [];
  @property({ attribute: false }) chosen: readonly string[] = [];
  @state() private isComparing = false;

  protected override render(): TemplateResult {
    const isMany = this.isComparing || this.chosen.length > 1;
    return html`<div class="chips" role="group" aria-label=${latencyWords.targets}>
      <button type="button" class="button" aria-pressed=${isMany} @click=${() => this.#compare(isMany)}>${icon('compare', 16)}${latencyWords.compare}</button>
      ${this.targets.map((target) => {
        const place = this.chosen.indexOf(target.id);
        return html`<button type="button" class="button" aria-pressed=${place >= 0} title=${target.address ?? target.host}
          ?disabled=${isMany && place < 0 && this.chosen.length >= maxTargets}
          @click=${() => this.#choose(target.id, isMany)}>
          ${isMany && place >= 0 ? html`<span class="dot c${place}"></span>` : nothing}${targetLabel(target, this.targets)}</button>`;
      })}
    </div>`;
  }

  #compare(isMany: boolean): void {
    this.isComparing = !isMany;
    if (isMany && this.chosen.length > 1) this.#emit(this.chosen.slice(0, 1));
  }

  #choose(id: string, isMany: boolean): void {
    if (!isMany) {
      this.#emit([id]);
      return;
    }
    const rest = this.chosen.filter((one) => one !== id);
    if (rest.length === 0 && this.chosen.length > 0) return; // something has to be shown
    this.#emit(rest.length < this.chosen.length ? rest : [...this.chosen, id]);
  }

  #emit(targets: readonly string[]): void {
    this.dispatchEvent(new CustomEvent('targets', { detail: targets }));
  }
}
