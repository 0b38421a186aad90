import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { EngineName } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { choiceStyles } from '../lib/choice-styles.ts';
import type { SpeedView } from '../lib/speed-view.ts';
import { speedWords } from '../lib/words/speed.ts';

const words = speedWords.history;

/** Which line and engine the history shows. Emits `filter` with the changed view. */
@customElement('ist-speed-filters')
export class SpeedFilters extends LitElement {
  static override styles = [baseStyles, choiceStyles, css`:host { display: block; }`];
  @property({ attribute: false }) view!: SpeedView; // set by the page before the first rendering
  @property({ attribute: false }) lines: readonly string[] = [];
  @property({ attribute: false }) engines: readonly EngineName[] = [];

  protected override render(): TemplateResult | typeof nothing {
    const { view, lines, engines } = this;
    if (lines.length < 2 && engines.length < 2 && view.line === null && view.engine === null) return nothing;
    return html`<div class="choices">
      ${this.#choice(
        'line',
        words.line,
        words.allLines,
        view.line,
        lines.map((line) => [line, line]),
        (line) => ({ line: line === '' ? null : line }),
      )}
      ${this.#choice(
        'engine',
        words.engine,
        words.allEngines,
        view.engine,
        engines.map((engine) => [engine, speedWords.engine[engine]]),
        (engine) => ({ engine: engines.find((one) => one === engine) ?? null }),
      )}</div>`;
  }

  #choice(
    id: string,
    label: string,
    all: string,
    chosen: string | null,
    options: readonly (readonly [value: string, text: string])[],
    change: (value: string) => Partial<SpeedView>,
  ): TemplateResult | typeof nothing {
    if (options.length < 2 && chosen === null) return nothing;
    return html`<div class="choice"><label for=${id}>${label}</label><select id=${id} @change=${(
      event: Event,
    ) =>
      this.dispatchEvent(
        new CustomEvent<SpeedView>('filter', {
          detail: { ...this.view, ...change((event.currentTarget as HTMLSelectElement).value) }, // this select
        }),
      )}><option value="" ?selected=${chosen === null}>${all}</option>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`)}</select></div>`;
  }
}
