import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { OutageDay } from '../../../appliance/features/judge/outage/schema.ts';
import { daySpan, type Month, monthsOf, movedDay } from '../charts/calendar-maths.ts';
import type { Span } from '../charts/scale.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, locale } from '../lib/format.ts';
import { outagesWords } from '../lib/words/outages.ts';

const levels: readonly OutageDay['level'][] = ['perfect', 'good', 'fair', 'poor', 'bad', 'no-data'];
const words = outagesWords.calendar;
/** Days are dates without a zone: told as UTC, at noon. */
const longDate = new Intl.DateTimeFormat(locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
});
const monthName = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' });
const monthYear = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' });
const noon = (date: string) => Date.parse(`${date}T12:00:00Z`);

/** How good each day was, by month. Every day is a link; the calendar is one stop for the Tab key. */
@customElement('ist-calendar')
export class Calendar extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .months { display: grid; gap: var(--space-4) var(--space-5); grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
      .many .months { grid-template-columns: repeat(auto-fill, minmax(144px, 1fr)); gap: var(--space-4); }
      h3 { font-size: var(--text-12); font-weight: 600; color: var(--ink-2); margin-bottom: 2px; }
      table { table-layout: fixed; } tbody tr:nth-child(odd) { background: none; }
      tr > th, tr > td { padding: 1px; } tr > th, tr > th:first-child { text-align: center; }
      th { font-size: var(--text-12); font-weight: 400; color: var(--ink-3); }
      a { position: relative; display: grid; place-items: center; height: 32px; border-radius: 5px; font-size: var(--text-12); color: var(--day-ink); }
      .many a { height: 26px; border-radius: 4px; }
      a:hover { text-decoration: none; outline: 2px solid var(--ink); outline-offset: -1px; }
      a:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; z-index: 1; border-radius: 5px; }
      a::after { content: ''; position: absolute; bottom: 3px; height: 2px; border-radius: 1px; background: currentColor; }
      .perfect { background: var(--day-perfect); } .good { background: var(--day-good); } .fair { background: var(--day-fair); }
      .poor { background: var(--day-poor); color: var(--day-ink-poor); } .bad { background: var(--day-bad); color: var(--day-ink-bad); font-weight: 600; }
      .good::after { width: 4px; } .fair::after { width: 9px; } .poor::after { width: 14px; } .bad::after { width: 19px; }
      .no-data { color: var(--ink-2); box-shadow: inset 0 0 0 1px var(--line); background: repeating-linear-gradient(135deg, var(--surface) 0 4px, var(--hatch) 4px 5px); }
      .no-data span { background: var(--surface); border-radius: 3px; padding: 0 2px; line-height: 1.2; }
      [aria-current] { box-shadow: 0 0 0 2px var(--surface), 0 0 0 4px var(--accent); z-index: 1; }
      .legend { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); margin-top: var(--space-4); font-size: var(--text-12); color: var(--ink-2); }
      .legend span { display: inline-flex; align-items: center; gap: 6px; } .legend i { position: relative; width: 24px; height: 16px; border-radius: 4px; }
      .legend i::after { content: ''; position: absolute; bottom: 2px; left: 50%; transform: translateX(-50%); height: 2px; background: var(--day-ink); } .legend .poor::after { background: var(--day-ink-poor); } .legend .bad::after { background: var(--day-ink-bad); }
      .told { min-height: 20px; margin-top: var(--space-2); }
      @media (max-width: 560px) {
        .months, .many .months { grid-template-columns: 1fr 1fr; gap: var(--space-3) 6px; margin: 0 -4px; }
        tr > th, tr > td { padding: 1px 0.5px; } a { height: 30px; } .many a { height: 26px; }
      }
      @media print { .told { display: none; } a { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
    `,
  ];

  @property({ attribute: false }) days: readonly OutageDay[] = [];
  @property() zone = 'UTC';
  /** The range shown elsewhere on the page; the day that is exactly it is marked. */
  @property({ attribute: false }) chosen: Span | null = null;
  /** The day that the Tab key reaches; the newest at first. */
  @state() private focused: string | null = null;
  @state() private told = '';

  protected override render(): TemplateResult {
    const months = monthsOf(this.days);
    return html`<div class=${months.length > 5 ? 'many' : ''} @keydown=${this.#key} @mouseleave=${() => {
      this.told = '';
    }}>
        <div class="months">${months.map((month) => this.#month(month))}</div></div>
      <div class="legend" aria-hidden="true">${levels.map((level) => html`<span><i class=${level}></i>${words.level[level]}</span>`)}</div>
      <p class="note told" aria-hidden="true">${this.told || words.zone(this.zone)}</p>`;
  }

  #month({ key, weeks }: Month): TemplateResult {
    const first = noon(`${key}-01`);
    const name = key.endsWith('-01') || this.days[0]?.date.startsWith(key) ? monthYear : monthName;
    return html`<section><h3>${name.format(first)}</h3>
      <table><caption class="hidden-text">${monthYear.format(first)}</caption>
        <thead><tr>${words.weekdays.map((letter, index) => html`<th scope="col"><span aria-hidden="true">${letter}</span><span class="hidden-text">${words.weekdaysLong[index]}</span></th>`)}</tr></thead>
        <tbody>${weeks.map((week) => html`<tr>${week.map((day) => html`<td>${day ? this.#day(day) : nothing}</td>`)}</tr>`)}</tbody></table></section>`;
  }

  #day(day: OutageDay): TemplateResult {
    const { fromMs, toMs } = daySpan(day.date, this.zone);
    const isChosen = this.chosen?.fromMs === fromMs && this.chosen.toMs === toMs;
    const reached = this.focused ?? this.days.at(-1)?.date;
    const text = textOf(day);
    const tell = () => {
      this.told = text;
    };
    return html`<a class=${day.level} id=${`d${day.date}`} tabindex=${day.date === reached ? 0 : -1} aria-label=${text}
      aria-current=${isChosen ? 'date' : nothing} @mouseenter=${tell} @focus=${tell}
      href="/outages?from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}"><span>${Number(day.date.slice(8))}</span></a>`;
  }

  #key = (event: KeyboardEvent): void => {
    const on = event.composedPath()[0];
    if (!(on instanceof HTMLAnchorElement)) return;
    const index = this.days.findIndex((day) => `d${day.date}` === on.id);
    const next = movedDay(index, event.key, this.days.length);
    const day = next === null ? undefined : this.days[next];
    if (!day) return;
    event.preventDefault();
    event.stopPropagation();
    this.focused = day.date;
    this.renderRoot.querySelector<HTMLElement>(`#d${day.date}`)?.focus();
  };
}

/** "Saturday 21 November: 1 outage, 17 min down". */
function textOf(day: OutageDay): string {
  const parts = [
    day.outages > 0 ? words.outages(day.outages) : '',
    day.downSeconds > 0 ? words.down(duration(day.downSeconds * 1000)) : '',
    day.degradedSeconds > 0 ? words.degraded(duration(day.degradedSeconds * 1000)) : '',
    day.unobservedSeconds > 0 && day.level !== 'no-data'
      ? words.unobserved(duration(day.unobservedSeconds * 1000))
      : '',
  ].filter((part) => part !== '');
  const said = parts.length > 0 ? parts.join(', ') : words.level[day.level].toLowerCase();
  return `${longDate.format(noon(day.date))}: ${said}`;
}
