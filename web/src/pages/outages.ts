import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { fromFirstMonth } from '../charts/calendar-maths.ts';
import type { Span } from '../charts/scale.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { duration, moment, roughly, time, unbroken } from '../lib/format.ts';
import { icon, marker, type State } from '../lib/icons.ts';
import { go } from '../lib/navigation.ts';
import { mostIncidents, OutagesLoader } from '../lib/outages-loader.ts';
import {
  hasFilter,
  type OutagesView,
  outageRanges,
  passes,
  readOutagesView,
  rowsOf,
  writeOutagesView,
} from '../lib/outages-view.ts';
import { moved, type Range, type RangeName, rangeOf, zoomed } from '../lib/range.ts';
import { timelineItems } from '../lib/timeline-items.ts';
import { lastOutage } from '../lib/troubles.ts';
import { outagesWords } from '../lib/words/outages.ts';
import { rangeWords } from '../lib/words/range.ts';
import { words } from '../lib/words.ts';
import '../parts/calendar.ts';
import '../parts/incident-list.ts';
import '../parts/outage-filters.ts';
import '../parts/range-bar.ts';
import '../parts/timeline.ts';
import '../parts/uptime-figures.ts';
import { outagesStyles } from './outages-styles.ts';

const yearDays = 365;
const usualDays = 90;

/** When it was bad: uptime, days, the line of time, and everything that happened. */
@customElement('ist-outages')
export class OutagesPage extends LitElement {
  static override styles = [baseStyles, outagesStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  readonly #loader = new OutagesLoader(this, () => this.#range());
  protected readonly watch = new Watch(this, 'status', 'troubles', 'connection');
  #asked = '';
  #hasAskedFirst = false;
  #trail: string[] = [];

  get #view(): OutagesView {
    return readOutagesView(this.query);
  }

  #range(): Range {
    return rangeOf(this.#view, appliance.nowMs(), this.#loader.firstMs);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
    appliance.troubles.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    this.#asked = '';
  }

  protected override updated(): void {
    if (!appliance.status) return; // the box's time is not known before
    if (!this.#hasAskedFirst) {
      this.#hasAskedFirst = true;
      void this.#loader.findFirst();
    }
    const { range, fromMs, toMs, isYear } = this.#view;
    const asked = `${range} ${fromMs} ${toMs} ${isYear} ${range === 'all' ? this.#loader.firstMs : ''}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    void this.#loader.ask(isYear ? yearDays : usualDays);
  }

  protected override render(): TemplateResult {
    const view = this.#view;
    const range = this.#range();
    this.toggleAttribute('data-stale', appliance.connection.kind === 'stale');
    return html`
      ${this.#headline(range)}
      <div class="controls"><ist-range-bar .names=${outageRanges} active=${view.range} .range=${range}
        @range=${(event: CustomEvent<RangeName>) => this.#go({ ...view, range: event.detail, fromMs: null, toMs: null })}
        @custom=${(event: CustomEvent<Span>) => this.#zoom(event.detail)}></ist-range-bar></div>
      ${this.#failure()}
      <section class="card" aria-label=${outagesWords.figures.heading}>${this.#figures(range)}</section>
      ${this.#timeline(view, range)}
      ${this.#calendar(view, range)}
      ${this.#list(view)}
    `;
  }

  #headline(range: Range): TemplateResult {
    const { text, state } = this.#sentence();
    const span = `${moment(range.fromMs, appliance.nowMs())} – ${range.isLive ? rangeWords.untilNow : moment(range.toMs, appliance.nowMs())} (${duration(range.toMs - range.fromMs)})`;
    return html`<div class="title">
      <p class="print note">${appliance.status?.site ?? ''} · ${words.place.outages} · ${span}</p>
      <h1>${marker(state, 20)}<span>${unbroken(text)}</span></h1><p class="muted">${span}</p></div>`;
  }

  /** What is true now; whatever range is shown. */
  #sentence(): { text: string; state: State } {
    const { status, connection, troubles } = appliance;
    if (!status) return { text: outagesWords.loading, state: 'unknown' };
    if (connection.kind === 'stale')
      return {
        text: words.now.lastHeard(time(connection.sinceMs, 'second'), status.sentence),
        state: 'unknown',
      };
    if (status.state !== 'up') return { text: status.sentence, state: status.state };
    const last = lastOutage(troubles.incidents);
    if (last?.endedAt)
      return {
        text: outagesWords.noneSince(roughly(appliance.nowMs() - Date.parse(last.endedAt))),
        state: 'up',
      };
    const { firstMs } = this.#loader;
    if (firstMs !== null && troubles.incidents)
      return { text: outagesWords.watching(moment(firstMs, appliance.nowMs())), state: 'up' };
    return { text: status.sentence, state: status.state };
  }

  #failure(): TemplateResult | typeof nothing {
    const { failure } = this.#loader;
    if (failure === null) return nothing;
    return html`<p class="failure">${outagesWords.failed(failure)}
      <button type="button" class="button" @click=${() => this.#retry()}>${words.app.tryAgain}</button></p>`;
  }

  #figures(range: Range): TemplateResult {
    const { book, firstMs } = this.#loader;
    if (!book) return html`<div class="bone figures-bone"></div>`;
    const watchedMs = appliance.nowMs() - (firstMs ?? range.fromMs);
    const isLittle = firstMs !== null && firstMs > range.fromMs + 60_000 && range.isLive;
    return html`<div class="live"><ist-uptime-figures .uptime=${book.list.uptime} .outages=${book.list.outages}></ist-uptime-figures></div>
      ${isLittle ? html`<p class="note little">${outagesWords.little(duration(watchedMs), duration(range.toMs - range.fromMs))}</p>` : nothing}`;
  }

  #calendar(view: OutagesView, range: Range): TemplateResult {
    const { calendar, calendarFailure } = this.#loader;
    const pick = (isYear: boolean, label: string) =>
      html`<button type="button" class="button" aria-pressed=${view.isYear === isYear} @click=${() => this.#go({ ...view, isYear }, 'replace')}>${label}</button>`;
    return html`<section class="card" aria-labelledby="days"><div class="head"><h2 id="days">${outagesWords.calendar.heading}</h2>
        <div class="switch" role="group" aria-label=${outagesWords.calendar.length}>${pick(false, outagesWords.calendar.days90)}${pick(true, outagesWords.calendar.year)}</div></div>
      ${calendarFailure !== null ? html`<p class="failure">${outagesWords.calendar.failed(calendarFailure)}</p>` : nothing}
      ${
        calendar
          ? html`<ist-calendar .days=${fromFirstMonth(calendar.days)} zone=${calendar.timezone} .chosen=${range}></ist-calendar>`
          : calendarFailure === null
            ? html`<div class="bone calendar-bone"></div>`
            : nothing
      }</section>`;
  }

  #timeline(view: OutagesView, range: Range): TemplateResult {
    const { book } = this.#loader;
    const label = `${moment(range.fromMs, appliance.nowMs())} – ${moment(range.toMs, appliance.nowMs())}`;
    const button = (
      name: 'back' | 'arrow' | 'plus' | 'minus',
      text: string,
      act: () => void,
      isOff = false,
    ) =>
      html`<button type="button" class="button" title=${text} aria-label=${text} ?disabled=${isOff} @click=${act}>${icon(name, 16)}</button>`;
    return html`<section class="card" aria-labelledby="when" @zoom=${(event: CustomEvent<Span>) => this.#zoom(event.detail)} @leave=${() => this.#leave()}>
      <div class="head"><h2 id="when">${outagesWords.timeline.heading}</h2><div class="tools">
        ${button('back', rangeWords.earlier, () => this.#move(-0.5))}
        ${button('arrow', rangeWords.later, () => this.#move(0.5), range.isLive)}
        ${button('plus', rangeWords.closer, () => this.#scale(0.5))}
        ${button('minus', rangeWords.wider, () => this.#scale(2))}
        ${view.range === 'custom' ? html`<button type="button" class="button" @click=${() => this.#leave()}>${rangeWords.leave}</button>` : nothing}</div></div>
      ${
        book
          ? html`<div class="live"><ist-timeline .items=${timelineItems(book, range, this.#loader.firstMs, appliance.nowMs())} .lines=${this.#lines()} .range=${range} nowMs=${appliance.nowMs()}
              label=${outagesWords.timeline.label(label, book.list.outages.length, book.list.gaps.length)}></ist-timeline></div>`
          : html`<div class="bone timeline-bone"></div>`
      }</section>`;
  }

  #lines(): string[] {
    const named = appliance.status?.lines.map((line) => line.name) ?? [];
    const recorded = this.#loader.book?.list.outages.map((one) => one.line) ?? [];
    return [...new Set([...named, ...recorded])];
  }

  #list(view: OutagesView): TemplateResult {
    const { book } = this.#loader;
    if (!book)
      return html`<section class="card"><h2>${outagesWords.list.heading}</h2><div class="bone list-bone"></div></section>`;
    const nowMs = appliance.nowMs();
    const all = rowsOf(book.incidents, book.list);
    const rows = all.filter((row) => passes(row, view, nowMs));
    return html`<section class="card" aria-labelledby="list"><div class="head"><h2 id="list">${outagesWords.list.heading}</h2>
        <span class="note">${outagesWords.list.count(rows.length, all.length)}</span></div>
      ${
        all.length > 0
          ? html`<div class="filters"><ist-outage-filters .view=${view} .lines=${this.#lines()}
              @filter=${(event: CustomEvent<OutagesView>) => this.#go(event.detail, 'replace')}></ist-outage-filters></div>`
          : nothing
      }
      ${rows.length > 0 ? html`<ist-incident-list .rows=${rows} nowMs=${nowMs} ?namesLine=${this.#lines().length > 1}></ist-incident-list>` : this.#emptiness(view)}
      ${book.incidents.length >= mostIncidents ? html`<p class="note">${outagesWords.list.partOf}</p>` : nothing}</section>`;
  }

  #emptiness(view: OutagesView): TemplateResult {
    const { book } = this.#loader;
    const text = hasFilter(view)
      ? outagesWords.list.noneFits
      : book?.list.uptime.ratio === null
        ? outagesWords.nothingAdvice
        : outagesWords.list.none;
    return html`<p class="muted">${text}</p>`;
  }

  #go(view: OutagesView, how: 'push' | 'replace' = 'push'): void {
    go(writeOutagesView(view), how);
  }

  #zoom(span: Span): void {
    this.#trail = [...this.#trail.slice(-9), location.pathname + location.search];
    this.#go({
      ...this.#view,
      range: 'custom',
      fromMs: Math.round(span.fromMs),
      toMs: Math.round(span.toMs),
    });
  }

  /** Back to where the zoom began; without such a place, the usual range. */
  #leave(): void {
    const back = this.#trail.pop();
    if (back) go(back);
    else if (this.#view.range === 'custom')
      this.#go({ ...this.#view, range: '30d', fromMs: null, toMs: null });
  }

  #move(part: number): void {
    this.#apply(moved(this.#range(), part, appliance.nowMs()));
  }

  #scale(factor: number): void {
    this.#apply(zoomed(this.#range(), factor, appliance.nowMs()));
  }

  #apply(range: Range): void {
    this.#go({ ...this.#view, range: 'custom', fromMs: range.fromMs, toMs: range.toMs }, 'replace');
  }

  #retry(): void {
    this.#asked = '';
    this.requestUpdate();
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => this.#move(-0.25),
    ArrowRight: () => this.#move(0.25),
    '+': () => this.#scale(0.5),
    '=': () => this.#scale(0.5),
    '-': () => this.#scale(2),
    Escape: () => this.#leave(),
  };

  #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const focused = event.composedPath()[0];
    if (focused instanceof HTMLInputElement || focused instanceof HTMLSelectElement) return;
    const action = this.#actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
}
