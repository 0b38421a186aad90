import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type {
  EngineName,
  SpeedLinePlan,
  SpeedOffer,
  SpeedPlanReport,
  SpeedPrice,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { choiceStyles } from '../lib/choice-styles.ts';
import { formStyles } from '../lib/form-styles.ts';
import { bytes, sentence } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import type { SpeedRun } from '../lib/speed-run.ts';
import { speedWords } from '../lib/words/speed.ts';
import './speed-live.ts';

const words = speedWords.run;

/** What keeps a person from starting a test; null: nothing. */
export type Obstacle = 'viewer' | 'stale' | 'line-down' | null;

export interface StartWish {
  line: string;
  /** Null: as it is configured. */
  engine: EngineName | null;
}

/** Starts a test with its price beside the button, shows it while it runs, and stops it. Emits `start` and `cancel`. */
@customElement('ist-speed-start')
export class SpeedStart extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    choiceStyles,
    css`
      :host { display: grid; gap: var(--space-3); }
      .act { display: flex; flex-wrap: wrap; gap: var(--space-3) var(--space-4); align-items: center; }
      .act .button { min-height: 52px; font-size: var(--text-16); }
      .price { display: grid; gap: 2px; font-size: var(--text-14); min-width: 0; } .price b { font-weight: 600; }
      meter { width: 180px; max-width: 100%; height: 8px; }
      ul { display: grid; gap: 4px; font-size: var(--text-14); } .running { display: flex; justify-content: space-between; gap: var(--space-3); align-items: center; }
      @media (max-width: 560px) { .act .button { width: 100%; justify-content: center; } }
    `,
  ];
  @property({ attribute: false }) plan: SpeedPlanReport | null = null;
  @property() planFailure: string | null = null;
  @property({ attribute: false }) run: SpeedRun | null = null;
  @property({ type: Number }) moments = 0;
  @property() obstacle: Obstacle = null;
  @property({ type: Boolean }) mayRun = false;
  @property() line: string | null = null;
  @property() engine: EngineName | null = null;
  @property({ type: Boolean }) isStarting = false;
  @property({ type: Boolean }) isCancelling = false;
  @property() problem: string | null = null;
  @property({ type: Boolean }) isDemo = false;

  protected override render(): TemplateResult {
    if (this.run) return this.#running(this.run);
    return html`<h2>${words.heading}</h2>${this.#problem()}${this.#body()}`;
  }

  #running(run: SpeedRun): TemplateResult {
    return html`<div class="running"><h2>${speedWords.live.heading}</h2>${
      this.mayRun
        ? html`<button type="button" class="button" ?disabled=${this.isCancelling} @click=${() => this.dispatchEvent(new CustomEvent('cancel'))}>${icon('stop', 16)}${this.isCancelling ? words.cancelling : words.cancel}</button>`
        : nothing
    }</div>${this.#problem()}<ist-speed-live .run=${run} moments=${this.moments}></ist-speed-live>`;
  }

  #problem(): TemplateResult | typeof nothing {
    return this.problem === null
      ? nothing
      : html`<p class="error" role="alert">${sentence(this.problem)}</p>`;
  }

  #body(): TemplateResult {
    if (this.planFailure !== null && !this.plan)
      return html`<p class="muted">${words.planUnread(this.planFailure)}</p>`;
    const own = this.#own;
    if (!this.plan || !own) return html`<div class="bone"></div>`;
    const ready = own.offers.filter((offer) => offer.isReady);
    if (ready.length === 0) return this.#noEngine(own);
    const offer = ready.find((one) => one.engine === this.engine) ?? ready[0];
    return html`${this.#choices(this.plan, ready)}
      <div class="act">${this.#button(own, offer)}<div class="price">${this.#price(own, offer)}</div></div>
      ${this.isDemo ? html`<p class="note">${words.demo}</p>` : nothing}`;
  }

  get #own(): SpeedLinePlan | null {
    const lines = this.plan?.lines ?? [];
    return lines.find((one) => one.line === this.line) ?? lines[0] ?? null;
  }

  #button(own: SpeedLinePlan, offer: SpeedOffer | undefined): TemplateResult {
    if (!this.mayRun || this.obstacle === 'viewer') return html`<p class="muted">${words.viewer}</p>`;
    const price = priceOf(own, offer);
    const isOff = this.obstacle !== null || this.isStarting;
    return html`<button type="button" class="button primary" ?disabled=${isOff} aria-describedby="price"
      @click=${() => this.dispatchEvent(new CustomEvent<StartWish>('start', { detail: { line: own.line, engine: this.engine } }))}>${icon('speed')}${
        price ? `${words.start}, ${words.price(bytes(price.bytes))}` : words.start
      }</button>`;
  }

  #price(own: SpeedLinePlan, offer: SpeedOffer | undefined): TemplateResult {
    const { budgetBytes, spentBytes, isExhausted } = own.budget;
    const price = priceOf(own, offer);
    return html`<span id="price">${budgetBytes === 0 ? words.noBudget(bytes(spentBytes)) : words.used(bytes(spentBytes), bytes(budgetBytes))}</span>
      ${budgetBytes === 0 ? nothing : html`<meter min="0" max=${budgetBytes} .value=${spentBytes} aria-label=${words.used(bytes(spentBytes), bytes(budgetBytes))}></meter>`}
      ${price ? html`<span class="note" title=${price.text}>${price.basis === 'formula' ? words.priceFrom.formula : words.priceFrom.history(price.tests)}</span>` : nothing}
      ${isExhausted ? html`<span>${words.exhausted}</span>` : nothing}
      ${own.isMetered ? html`<span>${words.metered}</span>` : nothing}
      ${this.obstacle === 'line-down' ? html`<span>${words.lineDown}</span>` : nothing}
      ${this.obstacle === 'stale' ? html`<span>${words.stale}</span>` : nothing}`;
  }

  #noEngine(own: SpeedLinePlan): TemplateResult {
    return html`<p>${words.none}</p><ul>${own.offers.map(
      (offer) => html`<li><b>${speedWords.engine[offer.engine]}</b>: ${sentence(offer.why ?? '')}</li>`,
    )}</ul><p><a class="button" href="/settings">${words.consent}</a></p>`;
  }

  #choices(plan: SpeedPlanReport, ready: readonly SpeedOffer[]): TemplateResult | typeof nothing {
    if (!this.mayRun || (plan.lines.length < 2 && ready.length < 2)) return nothing;
    const pick = (change: Partial<StartWish>) =>
      this.dispatchEvent(new CustomEvent<Partial<StartWish>>('wish', { detail: change }));
    return html`<div class="choices">${
      plan.lines.length < 2
        ? nothing
        : html`<div class="choice"><label for="line">${words.line}</label><select id="line" @change=${(event: Event) => pick({ line: chosen(event) })}>
          ${plan.lines.map(({ line }) => html`<option value=${line} ?selected=${line === this.#own?.line}>${line}</option>`)}</select></div>`
    }${
      ready.length < 2
        ? nothing
        : html`<div class="choice"><label for="engine">${words.engine}</label><select id="engine" @change=${(event: Event) => pick({ engine: ready.find((one) => one.engine === chosen(event))?.engine ?? null })}>
          <option value="" ?selected=${this.engine === null}>${words.best} (${speedWords.engine[ready[0]?.engine ?? 'peer']})</option>
          ${ready.map(({ engine }) => html`<option value=${engine} ?selected=${engine === this.engine}>${speedWords.engine[engine]}</option>`)}</select></div>`
    }</div>`;
  }
}

/** The price of what would run: an estimate on a metered line, else a quick test. */
export function priceOf(own: SpeedLinePlan, offer: SpeedOffer | undefined): SpeedPrice | null {
  const kind = own.isMetered ? 'estimate' : 'quick';
  return offer?.prices.find((price) => price.kind === kind) ?? offer?.prices[0] ?? null;
}

function chosen(event: Event): string {
  return (event.currentTarget as HTMLSelectElement).value; // the listener stands on a select
}
