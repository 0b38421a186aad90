import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type {
  SpeedLinePlan,
  SpeedOffer,
  SpeedPlanReport,
  SpeedPrice,
} from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { bytes, comingMoment, sentence, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { speedWords } from '../lib/words/speed.ts';
import { planWords as words } from '../lib/words/speed-plan.ts';

const kinds: readonly SpeedPrice['kind'][] = ['quick', 'full', 'estimate'];

/** The next test and why, the budget of the month, and what each engine would cost before it is switched on. */
@customElement('ist-speed-plan')
export class SpeedPlan extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); } .line { display: grid; gap: var(--space-3); } .line + .line { border-top: 1px solid var(--line); padding-top: var(--space-4); }
      h3 { font-size: var(--text-14); font-weight: 600; } .tiles { display: grid; grid-template-columns: 1fr 1fr; gap: var(--space-3); }
      .tile { background: var(--inset); border-radius: var(--radius); padding: var(--space-3); display: grid; gap: 4px; align-content: start; font-size: var(--text-14); }
      .tile b { font-size: var(--text-20); font-weight: 600; line-height: 1.25; } meter { width: 100%; height: 10px; }
      small a, .note a { text-decoration: underline; } .scroll { overflow-x: auto; } td.state, th.state { text-align: left; white-space: normal; } th small { display: flex; gap: 6px; align-items: baseline; font-weight: 400; font-size: var(--text-12); color: var(--ink-2); white-space: normal; text-align: left; min-width: 180px; } th small .marker { flex: none; transform: translateY(1px); }
      @media (max-width: 760px) {
        .tiles { grid-template-columns: minmax(0, 1fr); } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        tbody tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); padding: var(--space-2) 0; gap: 4px 0; } tbody th { grid-column: 1 / -1; } th, td { padding: 0 var(--space-3); text-align: left; white-space: normal; }
        td::before { content: attr(data-name) ' '; color: var(--ink-3); font-size: var(--text-12); display: block; }
      }
    `,
  ];
  @property({ attribute: false }) plan: SpeedPlanReport | null = null;
  @property({ type: Number }) nowMs = 0;
  @property({ type: Boolean }) mayConfigure = false;

  protected override render(): TemplateResult | typeof nothing {
    const { plan } = this;
    if (!plan) return nothing;
    return html`${plan.lines.map((line) => this.#line(line, plan))}
      <p class="note">${this.#schedule(plan)}${this.mayConfigure ? html` <a href="/settings">${words.settings}</a>` : nothing}</p>`;
  }

  #schedule({ schedule, quietHours }: SpeedPlanReport): string {
    const usual = words.schedule[schedule] ?? words.cron(schedule);
    return `${quietHours ? `${usual}; ${words.quiet(quietHours.from, quietHours.to)}` : usual}.`;
  }

  #line(line: SpeedLinePlan, plan: SpeedPlanReport): TemplateResult {
    const own = kinds.filter((kind) =>
      line.offers.some(({ prices }) => prices.some((one) => one.kind === kind)),
    );
    return html`<div class="line">${plan.lines.length > 1 ? html`<h3>${words.of(line.line)}</h3>` : nothing}
      <div class="tiles">${this.#next(line)}${this.#budget(line)}</div>
      <h3>${words.engines}</h3><div class="scroll" tabindex="0" role="region" aria-label=${words.engines}><table>
        <thead><tr><th scope="col">${words.engine}</th>${own.map((kind) => html`<th scope="col">${words.kinds[kind]}</th>`)}<th scope="col">${words.month}</th></tr></thead>
        <tbody>${line.offers.map((offer, index) => this.#offer(offer, own, index === 0))}</tbody></table></div></div>`;
  }

  #next({ next, why, isMetered }: SpeedLinePlan): TemplateResult {
    const atMs = next ? Date.parse(next.at) : 0;
    return html`<div class="tile"><span class="note">${words.next}</span>
      <b>${next ? html`<time datetime=${next.at} title=${time(atMs, 'full')}>${comingMoment(atMs, this.nowMs)}</time>` : words.none}</b>
      ${
        next
          ? html`<span>${words.why(speedWords.reason[next.reason] ?? next.reason, speedWords.kind[next.kind])}</span>${next.heldBy === null ? nothing : html`<span>${words.held[next.heldBy]}</span>`}`
          : html`<span>${sentence(why ?? '')}</span>`
      }
      ${isMetered ? html`<span>${words.metered}</span>` : nothing}</div>`;
  }

  #budget({ budget }: SpeedLinePlan): TemplateResult {
    const { budgetBytes, spentBytes } = budget;
    const text = words.spent(bytes(spentBytes), bytes(budgetBytes));
    return html`<div class="tile"><span class="note">${words.budget}</span><b>${budgetBytes === 0 ? words.noBudget : text}</b>
      ${budgetBytes === 0 ? nothing : html`<meter min="0" max=${budgetBytes} .value=${spentBytes} aria-label=${text}></meter>`}
      <span>${sentence(budget.text)}</span></div>`;
  }

  #offer(offer: SpeedOffer, own: readonly SpeedPrice['kind'][], isFirst: boolean): TemplateResult {
    const priceOf = (kind: SpeedPrice['kind']) => offer.prices.find((one) => one.kind === kind);
    return html`<tr><th scope="row">${speedWords.engine[offer.engine]}<small>${marker(offer.isReady ? 'up' : 'unknown', 10)}<span>${
      offer.isReady ? (isFirst ? words.first : words.ready) : sentence(offer.why ?? '')
    }${!offer.isReady && offer.consent !== null && this.mayConfigure ? html` <a href="/settings">${words.consent}</a>.` : nothing}</span></small></th>
      ${own.map((kind) => {
        const price = priceOf(kind);
        return html`<td data-name=${words.kinds[kind]} title=${price?.text ?? ''}>${price ? bytes(price.bytes) : '—'}</td>`;
      })}
      <td data-name=${words.month} title=${offer.monthlyText}>${words.about(bytes(offer.monthlyBytes))}</td></tr>`;
  }
}
