import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type {
  EngineName,
  SpeedKind,
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
export type Obstacle = 'stale' | 'line-down' | null;

export interface StartWish {
  line: string;
  /** Null: as it is configured. */
  engine: EngineName | null;
  kind: SpeedKind;
  /** The person has been told that it does not fit the budget. */
  isBeyondBudget: boolean;
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
  @property({ type: Boolean }) isDemo = false;
  @property() line: string | null = null;
  @property() engine: EngineName | null = null;
  /** Null: what the line is for. */
  @property() kind: SpeedKind | null = null;
  @property({ type: Boolean }) isStarting = false;
  @property({ type: Boolean }) isCancelling = false;
  @property() problem: string | null = null;

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
    const price = offer?.prices.find((one) => one.kind === this.#kind(own)) ?? null;
    const { budgetBytes, spentBytes } = own.budget;
    const isBeyond = budgetBytes > 0 && spentBytes + (price?.bytes ?? 0) > budgetBytes;
    return html`${this.mayRun ? this.#choices(this.plan, own, ready, offer) : nothing}
      <div class="act">${this.#button(own, price, isBeyond)}<div class="price">${this.#price(own, price, isBeyond)}</div></div>`;
  }

  get #own(): SpeedLinePlan | null {
    const lines = this.plan?.lines ?? [];
    return lines.find((one) => one.line === this.line) ?? lines[0] ?? null;
  }

  #kind(own: SpeedLinePlan): SpeedKind {
    return this.kind ?? (own.isMetered ? 'estimate' : 'quick');
  }

  #button(own: SpeedLinePlan, price: SpeedPrice | null, isBeyondBudget: boolean): TemplateResult {
    if (!this.mayRun) return html`<p class="muted">${this.isDemo ? words.demo : words.viewer}</p>`;
    const label = isBeyondBudget ? words.beyond : words.start;
    const wish: StartWish = { line: own.line, engine: this.engine, kind: this.#kind(own), isBeyondBudget };
    return html`<button type="button" class="button primary" ?disabled=${this.obstacle !== null || this.isStarting} aria-describedby="price"
      @click=${() => this.dispatchEvent(new CustomEvent('start', { detail: wish }))}>${icon('speed')}${
        price ? `${label}, ${words.price(bytes(price.bytes))}` : label
      }</button>`;
  }

  #price(own: SpeedLinePlan, price: SpeedPrice | null, isBeyond: boolean): TemplateResult {
    const { budgetBytes, spentBytes } = own.budget;
    const used = words.used(bytes(spentBytes), bytes(budgetBytes));
    const notes = [
      ...(isBeyond ? [words.exhausted] : []),
      ...(own.isMetered ? [words.metered] : []),
      ...(this.obstacle === null ? [] : [words.obstacle[this.obstacle]]),
    ];
    return html`<span id="price">${budgetBytes === 0 ? words.noBudget(bytes(spentBytes)) : used}</span>
      ${budgetBytes === 0 ? nothing : html`<meter min="0" max=${budgetBytes} .value=${spentBytes} aria-label=${used}></meter>`}
      ${price ? html`<span class="note" title=${price.text}>${price.basis === 'formula' ? words.priceFrom.formula : words.priceFrom.history(price.tests)}</span>` : nothing}
      ${notes.map((note) => html`<span>${note}</span>`)}`;
  }

  #noEngine(own: SpeedLinePlan): TemplateResult {
    return html`<p>${words.none}</p><ul>${own.offers.map(
      (offer) => html`<li><b>${speedWords.engine[offer.engine]}</b>: ${sentence(offer.why ?? '')}</li>`,
    )}</ul>${this.mayRun ? html`<p><a class="button" href="/settings">${words.consent}</a></p>` : nothing}`;
  }

  #choices(
    { lines }: SpeedPlanReport,
    own: SpeedLinePlan,
    ready: readonly SpeedOffer[],
    offer: SpeedOffer | undefined,
  ): TemplateResult {
    const best = `${words.best} (${speedWords.engine[ready[0]?.engine ?? 'peer']})`;
    const kinds = (offer?.prices ?? []).map(({ kind, bytes: size }) => ({
      value: kind,
      text: `${words.kinds[kind]}, ${words.price(bytes(size))}`,
    }));
    const engines = ready.map(({ engine }) => ({ value: engine, text: speedWords.engine[engine] }));
    return html`<div class="choices">
      ${this.#choice(
        'line',
        words.line,
        own.line,
        lines.map(({ line }) => ({ value: line, text: line })),
        (line) => ({ line }),
      )}
      ${
        ready.length < 2
          ? nothing
          : this.#choice(
              'engine',
              words.engine,
              this.engine ?? '',
              [{ value: '', text: best }, ...engines],
              (engine) => ({
                engine: ready.find((one) => one.engine === engine)?.engine ?? null,
              }),
            )
      }
      ${this.#choice('kind', words.kind, this.#kind(own), kinds, (kind) => ({ kind: kinds.find(({ value }) => value === kind)?.value ?? 'quick' }))}</div>`;
  }

  #choice(
    id: string,
    label: string,
    chosen: string,
    options: readonly { value: string; text: string }[],
    change: (value: string) => Partial<StartWish>,
  ): TemplateResult | typeof nothing {
    if (options.length < 2) return nothing;
    const pick = (event: Event) =>
      this.dispatchEvent(
        new CustomEvent('wish', { detail: change((event.currentTarget as HTMLSelectElement).value) }), // this select
      );
    return html`<div class="choice"><label for=${id}>${label}</label><select id=${id} @change=${pick}>${options.map(
      ({ value, text }) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`,
    )}</select></div>`;
  }
}
