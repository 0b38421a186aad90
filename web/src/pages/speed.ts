import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { EngineName, SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import type { Span } from '../charts/scale.ts';
import { countsOf } from '../charts/speed-maths.ts';
import { withQuery } from '../lib/api.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, duration, moment, time, unbroken } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { go } from '../lib/navigation.ts';
import { Person } from '../lib/person.ts';
import { moved, type Range, type RangeName, rangeOf, zoomed } from '../lib/range.ts';
import { SpeedDesk } from '../lib/speed-desk.ts';
import { mostTests, SpeedLoader } from '../lib/speed-loader.ts';
import { sentenceOf } from '../lib/speed-sentence.ts';
import {
  engines,
  passes,
  readSpeedView,
  type SpeedView,
  speedRanges,
  writeSpeedView,
} from '../lib/speed-view.ts';
import { rangeWords } from '../lib/words/range.ts';
import { speedWords } from '../lib/words/speed.ts';
import { adviceWords, planWords } from '../lib/words/speed-plan.ts';
import { words } from '../lib/words.ts';
import '../parts/range-bar.ts';
import '../parts/speed-advice.ts';
import '../parts/speed-filters.ts';
import '../parts/speed-history.ts';
import { namesFor } from '../parts/speed-history.ts';
import '../parts/speed-plan.ts';
import '../parts/speed-result.ts';
import '../parts/speed-start.ts';
import type { Obstacle, StartWish } from '../parts/speed-start.ts';
import '../parts/speed-table.ts';
import '../parts/wifi-invite.ts';
import { speedStyles } from './speed-styles.ts';

/** How fast the line is: a test now, the last result, how it was over time, what comes next. */
@customElement('ist-speed')
export class SpeedPage extends LitElement {
  static override styles = [baseStyles, speedStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private isAll = false;
  @state() private wish: Partial<StartWish> = {};
  readonly #loader = new SpeedLoader(this, () => this.#range());
  readonly #desk = new SpeedDesk(this);
  readonly #person = new Person(this);
  protected readonly watch = new Watch(this, 'status', 'speed', 'connection');
  #asked = '';
  #trail: string[] = [];

  get #view(): SpeedView {
    return readSpeedView(this.query);
  }

  #range(): Range {
    const oldest = this.#loader.tests?.at(-1);
    const firstMs = this.#view.range === 'all' ? (oldest ? Date.parse(oldest.at) : 0) : null;
    return rangeOf(this.#view, appliance.nowMs(), firstMs);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
    this.#asked = '';
  }

  protected override updated(): void {
    if (!appliance.status) return; // the box's time is not known before
    const { range, fromMs, toMs } = this.#view;
    const asked = `${range} ${fromMs} ${toMs}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    void this.#loader.ask();
  }

  protected override render(): TemplateResult {
    this.toggleAttribute('data-stale', appliance.connection.kind === 'stale');
    const view = this.#view;
    return html`${this.#headline()}
      <div class="top ${appliance.speed.run ? 'running' : ''}"><section class="card" aria-label=${speedWords.run.heading}>${this.#start()}</section>
        ${appliance.speed.run ? nothing : html`<section class="card wifi"><ist-wifi-invite></ist-wifi-invite></section>`}</div>
      ${this.#result(view)}
      ${this.#history(view)}
      ${this.#advice(view)}
      ${this.#loader.plan ? html`<section class="card" aria-labelledby="plan"><h2 id="plan">${planWords.heading}</h2><ist-speed-plan .plan=${this.#loader.plan} nowMs=${appliance.nowMs()} ?mayConfigure=${this.#person.may('admin')}></ist-speed-plan></section>` : nothing}`;
  }

  #headline(): TemplateResult {
    const { latest, failure } = this.#loader;
    const { connection, speed } = appliance;
    if (!latest)
      return html`<div class="title"><h1>${failure === null ? speedWords.title.loading : speedWords.title.unread(failure)}</h1></div>`;
    const own = latest.filter((test) => this.#view.line === null || test.line === this.#view.line);
    const isStale = connection.kind === 'stale';
    const said = sentenceOf(own, isStale ? null : speed.run, appliance.nowMs());
    const text = isStale ? speedWords.title.asOf(time(connection.sinceMs, 'second'), said.text) : said.text;
    return html`<div class="title"><h1>${marker(isStale ? 'unknown' : said.state, 20)}<span>${unbroken(text)}</span></h1>
      ${said.beside === '' ? nothing : html`<p class="muted">${said.beside}</p>`}</div>`;
  }

  #start(): TemplateResult {
    const { speed } = appliance;
    return html`<ist-speed-start .plan=${this.#loader.plan} .planFailure=${this.#loader.planFailure} .run=${speed.run} moments=${speed.run?.moments.length ?? 0}
      .obstacle=${this.#obstacle()} ?mayRun=${this.#person.may('run')} ?isDemo=${appliance.status?.isDemo === true} .line=${this.wish.line ?? this.#view.line} .engine=${this.wish.engine ?? null} .kind=${this.wish.kind ?? null}
      ?isStarting=${this.#desk.isStarting} ?isCancelling=${this.#desk.isCancelling} .problem=${this.#desk.problem}
      @wish=${(event: CustomEvent<Partial<StartWish>>) => {
        this.wish = { ...this.wish, ...event.detail };
      }}
      @start=${(event: CustomEvent<StartWish>) => void this.#run(event.detail)} @cancel=${() => void this.#desk.cancel()}></ist-speed-start>`;
  }

  async #run(wish: StartWish): Promise<void> {
    const id = await this.#desk.start(wish);
    if (id !== null && this.isConnected && this.#view.test !== null)
      this.#go({ ...this.#view, test: null }, 'replace');
  }

  #obstacle(): Obstacle {
    const { connection, status } = appliance;
    if (connection.kind === 'stale') return 'stale';
    const line =
      status?.lines.find((one) => one.name === (this.wish.line ?? this.#view.line)) ?? status?.lines[0];
    return line?.state === 'down' ? 'line-down' : null;
  }

  #result(view: SpeedView): TemplateResult | typeof nothing {
    const { latest, tests } = this.#loader;
    if (!latest) return html`<section class="card"><div class="bone"></div></section>`;
    const own = latest.filter((test) => view.line === null || test.line === view.line);
    const newest = own[0];
    const chosen = [...(tests ?? []), ...latest].find((test) => test.id === view.test) ?? newest;
    if (!chosen) return nothing;
    const detailed = this.#loader.detailed(chosen.id) ?? chosen;
    const isLatest = chosen.id === newest?.id;
    return html`<section class="card live" aria-label=${speedWords.result.heading}><ist-speed-result .test=${detailed} ?isLatest=${isLatest} nowMs=${appliance.nowMs()}
        ?namesLine=${this.#lines().length > 1}></ist-speed-result>
      ${isLatest ? nothing : html`<p class="back"><button type="button" class="button" @click=${() => this.#choose(null)}>${speedWords.result.backToLatest}</button></p>`}</section>`;
  }

  #history(view: SpeedView): TemplateResult | typeof nothing {
    const { tests, latest, failure } = this.#loader;
    if (latest?.length === 0 && tests?.length === 0) return nothing; // never tested: the button above is all there is to say
    const range = this.#range();
    return html`<section class="card" aria-labelledby="history" @zoom=${(event: CustomEvent<Span>) => this.#zoom(event.detail)} @leave=${() => this.#leave()}
        @choose=${(event: CustomEvent<string>) => this.#choose(event.detail)}>
      <div class="head"><h2 id="history">${speedWords.history.heading}</h2><span class="note">${this.#span(range)}</span></div>
      <div class="controls tools"><ist-range-bar .names=${speedRanges} active=${view.range} .range=${range}
          @range=${(event: CustomEvent<RangeName>) => this.#go({ ...view, range: event.detail, fromMs: null, toMs: null })}
          @custom=${(event: CustomEvent<Span>) => this.#zoom(event.detail)}></ist-range-bar>
        <ist-speed-filters .view=${view} .lines=${this.#lines()} .engines=${this.#engines()} @filter=${(event: CustomEvent<SpeedView>) => this.#go(event.detail, 'replace')}></ist-speed-filters></div>
      ${failure === null ? nothing : html`<p class="failure">${speedWords.title.unread(failure)} <button type="button" class="button" @click=${() => void this.#loader.reload()}>${words.app.tryAgain}</button></p>`}
      ${tests ? this.#book(tests, view, range) : html`<div class="bone chart-bone"></div>`}</section>`;
  }

  #book(all: readonly SpeedTest[], view: SpeedView, range: Range): TemplateResult {
    const tests = all.filter((test) => passes(test, view));
    if (tests.length === 0)
      return html`<p class="muted">${all.length > 0 ? speedWords.history.emptyFilter : speedWords.history.empty}</p>`;
    const names = namesFor(all);
    const { ok, failed, skipped } = countsOf(tests);
    const csv = withQuery('/api/speedtests/csv', {
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.toMs).toISOString(),
      line: view.line ?? undefined,
      engine: view.engine ?? undefined,
    });
    return html`<div class="live"><ist-speed-history .tests=${tests} .range=${range} nowMs=${appliance.nowMs()} .selected=${view.test} .nameOf=${names}
        ?isLoading=${this.#loader.isLoading}></ist-speed-history></div>
      ${this.#loader.isPartial ? html`<p class="note">${speedWords.history.partOf(count(mostTests))}</p>` : nothing}
      <div class="table"><ist-speed-table .tests=${tests} .selected=${view.test} ?isAll=${this.isAll} .nameOf=${names} nowMs=${appliance.nowMs()}
        @all=${() => this.#toggleAll()}></ist-speed-table></div>
      <p class="note foot"><span>${speedWords.history.counts(ok, failed, skipped)}. ${speedWords.history.method}</span>
        <a href=${csv} download>${icon('download', 14)}${speedWords.history.csv}</a><span class="keys">${speedWords.history.keys}</span></p>`;
  }

  #advice(view: SpeedView): TemplateResult | typeof nothing {
    const { advice, plan, latest } = this.#loader;
    const line = this.wish.line ?? view.line ?? plan?.lines[0]?.line;
    const own = line === undefined ? undefined : advice.get(line);
    if (!own) return nothing;
    const good = (latest ?? []).filter((test) => test.outcome === 'ok' && test.line === line);
    return html`<section class="card" aria-labelledby="advice"><h2 id="advice">${adviceWords.heading}</h2>
      <ist-speed-advice .advice=${own} .tests=${good} .compare=${this.#desk.compare} nowMs=${appliance.nowMs()}></ist-speed-advice></section>`;
  }

  #span(range: Range): string {
    const nowMs = appliance.nowMs();
    const until = range.isLive ? rangeWords.untilNow : moment(range.toMs, nowMs);
    return `${moment(range.fromMs, nowMs)} – ${until} (${duration(range.toMs - range.fromMs)})`;
  }

  #lines(): string[] {
    const named = appliance.status?.lines.map((line) => line.name) ?? [];
    const tested = (this.#loader.tests ?? []).map((test) => test.line);
    return [...new Set([...named, ...tested])];
  }

  #engines(): EngineName[] {
    const used = new Set((this.#loader.tests ?? []).map((test) => test.engine));
    return engines.filter((engine) => used.has(engine));
  }

  #go(view: SpeedView, how: 'push' | 'replace' = 'push'): void {
    go(writeSpeedView(view), how);
  }

  #choose(test: string | null): void {
    this.#go({ ...this.#view, test }, 'replace');
  }

  #zoom(span: Span): void {
    this.#trail = [...this.#trail.slice(-9), location.pathname + location.search];
    const { fromMs, toMs } = span;
    this.#go({ ...this.#view, range: 'custom', fromMs: Math.round(fromMs), toMs: Math.round(toMs) });
  }

  /** Back to where the zoom began; without such a place, the usual range. */
  #leave(): void {
    const back = this.#trail.pop();
    if (back) go(back);
    else if (this.#view.range === 'custom')
      this.#go({ ...this.#view, range: '7d', fromMs: null, toMs: null });
  }

  #apply({ fromMs, toMs }: Range): void {
    this.#go({ ...this.#view, range: 'custom', fromMs, toMs }, 'replace');
  }

  #toggleAll(): void {
    this.isAll = !this.isAll;
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => this.#apply(moved(this.#range(), -0.25, appliance.nowMs())),
    ArrowRight: () => this.#apply(moved(this.#range(), 0.25, appliance.nowMs())),
    '+': () => this.#apply(zoomed(this.#range(), 0.5, appliance.nowMs())),
    '=': () => this.#apply(zoomed(this.#range(), 0.5, appliance.nowMs())),
    '-': () => this.#apply(zoomed(this.#range(), 2, appliance.nowMs())),
    Escape: () => this.#leave(),
    t: () => this.#toggleAll(),
  };

  #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const path = event.composedPath();
    const focused = path[0];
    const isElsewhere =
      focused instanceof HTMLInputElement ||
      focused instanceof HTMLSelectElement ||
      path.some((node) => node instanceof HTMLDialogElement && node.open) ||
      (focused instanceof HTMLElement && focused.classList.contains('scroll'));
    const action = this.#actions[event.key];
    if (!action || isElsewhere) return;
    event.preventDefault();
    action();
  };
}
