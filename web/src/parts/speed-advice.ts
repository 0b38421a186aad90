import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type {
  ShaperAdvice,
  ShaperRate,
  SpeedComparison,
  SpeedTest,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, rtt, share } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { adviceWords as words } from '../lib/words/speed-plan.ts';
import './speed-compare.ts';

/** What to set where, so that a full line no longer delays everything; and whether it helped. */
@customElement('ist-speed-advice')
export class SpeedAdvice extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-3); } .text { display: flex; gap: var(--space-3); align-items: baseline; } .text .marker { flex: none; transform: translateY(1px); }
      dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px var(--space-4); font-size: var(--text-14); } dt { color: var(--ink-2); } dd b { font-weight: 600; }
      summary { cursor: pointer; color: var(--accent); font-size: var(--text-14); min-height: 36px; display: flex; align-items: center; width: max-content; } ol { list-style: decimal; padding-left: 1.4em; display: grid; gap: 4px; font-size: var(--text-14); margin-bottom: var(--space-3); }
      .code { background: var(--inset); border-radius: var(--radius); padding: var(--space-3); display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: var(--space-3); align-items: start; }
      pre { margin: 0; font: 400 var(--text-12) / 1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; } .code .button { background: var(--surface); }
      @media (pointer: coarse) { summary { min-height: var(--touch); } }
      @media (max-width: 560px) { .code { grid-template-columns: minmax(0, 1fr); } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; } }
    `,
  ];
  @property({ attribute: false }) advice: ShaperAdvice | null = null;
  /** Good tests of the line, newest first, to compare. */
  @property({ attribute: false }) tests: readonly SpeedTest[] = [];
  @property({ attribute: false }) compare: (before: string, after: string) => Promise<SpeedComparison> =
    async () => await Promise.reject(new Error('nothing to ask'));
  @property({ type: Number }) nowMs = 0;
  @state() private copied: string | null = null;
  @state() private isRefused = false;

  protected override render(): TemplateResult | typeof nothing {
    const { advice } = this;
    if (!advice) return nothing;
    const isFew = advice.state === 'too-few-tests';
    const look = isFew ? 'unknown' : advice.state === 'fine' ? 'up' : 'degraded';
    return html`<p class="text">${marker(look, 14)}<span>${advice.text}</span></p>
      ${isFew ? html`<p class="note">${words.fewTests}</p>` : this.#rates(advice)}
      ${advice.settings.map((system) => this.#system(system))}
      <ist-speed-compare .tests=${this.tests} .compare=${this.compare} nowMs=${this.nowMs}></ist-speed-compare>`;
  }

  #rates(advice: ShaperAdvice): TemplateResult {
    return html`<dl>${this.#rate(words.down, advice.down)}${this.#rate(words.up, advice.up)}</dl>
      <p class="note">${words.target(rtt(advice.targetMs))} ${advice.state === 'shape' ? words.basis[(advice.up ?? advice.down)?.basis ?? 'derived'] : ''} ${words.tests(advice.tests.length)}</p>`;
  }

  #rate(name: string, rate: ShaperRate | null): TemplateResult | typeof nothing {
    if (!rate) return nothing;
    const added = rate.addedMs === null ? '' : words.now(rtt(rate.addedMs));
    return html`<dt>${name}</dt><dd>${
      rate.isNeeded
        ? html`<b>${words.rate(count(rate.rateKbps), share(rate.share))}</b>${added === '' ? nothing : `, ${added}`}`
        : html`${words.notNeeded}${added === '' ? nothing : ` (${added})`}`
    }</dd>`;
  }

  #system({ system, title, steps, commands }: ShaperAdvice['settings'][number]): TemplateResult {
    const text = commands.join('\n');
    return html`<details><summary>${words.how}: ${title}</summary>
      ${steps.length === 0 ? nothing : html`<ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`}
      ${
        commands.length === 0
          ? nothing
          : html`<div class="code"><pre aria-label=${words.commands}>${text}</pre><button type="button" class="button" @click=${() => this.#copy(system, text)}>${icon('copy', 16)}${this.copied === system ? words.copied : words.copy}</button></div>`
      }
      ${this.isRefused ? html`<p class="note" role="status">${words.notCopied}</p>` : nothing}</details>`;
  }

  async #copy(system: string, text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text); // not there without HTTPS
      this.copied = system;
      this.isRefused = false;
    } catch {
      this.isRefused = true;
    }
  }
}
