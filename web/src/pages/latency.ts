import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { LatencyExtent, Target } from '../../../appliance/features/watch/latency/schema.ts';
import '../charts/heatmap.ts';
import type { Span } from '../charts/scale.ts';
import '../charts/smoke-chart.ts';
import type { SmokeInput } from '../charts/smoke-chart.ts';
import { getJson, withQuery } from '../lib/api.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, duration, moment, rtt, share } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import { heatDays, LatencyLoader } from '../lib/latency-loader.ts';
import { type LatencyView, latencyRanges, readView, writeView } from '../lib/latency-view.ts';
import { go } from '../lib/navigation.ts';
import { moved, type Range, type RangeName, rangeOf, zoomed } from '../lib/range.ts';
import { targetLabel } from '../lib/target-label.ts';
import { heatWords, latencyWords } from '../lib/words/latency.ts';
import { rangeWords } from '../lib/words/range.ts';
import { words } from '../lib/words.ts';
import '../parts/range-bar.ts';
import '../parts/statistics-table.ts';
import '../parts/target-picker.ts';
import { latencyStyles } from './latency-styles.ts';

const compareTokens = [
  'series-internet',
  'series-provider',
  'series-names',
  'series-router',
  'series-5',
  'series-6',
] as const;
const segmentTokens = {
  lan: 'series-6',
  gateway: 'series-router',
  isp: 'series-provider',
  transit: 'series-6',
  anchor: 'series-internet',
  resolver: 'series-names',
  custom: 'series-5',
} as const;

/** Round-trip times of one or several targets over any range. */
@customElement('ist-latency')
export class LatencyPage extends LitElement {
  static override styles = [baseStyles, latencyStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private isTable = false;
  @state() private firstMs: number | null = null;
  readonly #loader = new LatencyLoader(this, () => this.#range());
  protected readonly watch = new Watch(this, 'targets', 'connection');
  #asked = '';
  #extentOf = '';
  #trail: string[] = [];

  get #view(): LatencyView {
    const view = readView(this.query);
    const known = appliance.targets;
    if (!known) return view;
    const targets = view.targets.filter((id) => known.some((target) => target.id === id));
    return { ...view, targets: targets.length > 0 ? targets : this.#usualTarget(known) };
  }

  #usualTarget(known: readonly Target[]): string[] {
    const usual = known.find((target) => target.segment === 'anchor') ?? known[0];
    return usual ? [usual.id] : [];
  }

  #range(): Range {
    return rangeOf(this.#view, appliance.nowMs(), this.firstMs);
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

  protected override updated(_changed: PropertyValues): void {
    if (!appliance.targets) return;
    const view = this.#view;
    if (view.range === 'all' && this.#extentOf !== view.targets.join()) {
      void this.#findExtent(view.targets);
      return; // "all" means nothing before its beginning is known
    }
    const asked = `${view.targets.join()} ${view.range} ${view.fromMs} ${view.toMs} ${view.range === 'all' ? this.firstMs : ''}`;
    if (asked === this.#asked || view.targets.length === 0) return;
    this.#asked = asked;
    void this.#loader.ask({ targets: view.targets, range: this.#range(), widthPx: this.clientWidth });
  }

  async #findExtent(targets: readonly string[]): Promise<void> {
    this.#extentOf = targets.join();
    const extents = await Promise.allSettled(
      targets.map((target) => getJson<LatencyExtent>(withQuery('/api/latency/extent', { target }))),
    );
    const starts = extents.flatMap((one) =>
      one.status === 'fulfilled' && one.value.from ? [Date.parse(one.value.from)] : [],
    );
    this.firstMs = starts.length > 0 ? Math.min(...starts) : null;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const targets = appliance.targets;
    if (!targets) return this.#waiting();
    const view = this.#view;
    const range = this.#range();
    return html`
      ${this.#headline(view, range, targets)}
      <div class="controls">
        <ist-target-picker .targets=${targets} .chosen=${view.targets}
          @targets=${(event: CustomEvent<string[]>) => this.#go({ ...view, targets: event.detail })}></ist-target-picker>
        <ist-range-bar .names=${latencyRanges} active=${view.range} .range=${range}
          @range=${(event: CustomEvent<RangeName>) => this.#go({ ...view, range: event.detail, fromMs: null, toMs: null })}
          @custom=${(event: CustomEvent<Span>) => this.#go({ ...view, range: 'custom', ...event.detail })}></ist-range-bar>
      </div>
      ${this.#charts(view, range, targets)}
      <section class="card"><ist-statistics .columns=${view.targets.map((id) => ({
        label: this.#label(id, targets),
        statistics: this.#loader.loaded.get(id)?.statistics ?? null,
      }))}></ist-statistics></section>
      ${this.#heat(view, targets)}
    `;
  }

  #headline(view: LatencyView, range: Range, targets: readonly Target[]): TemplateResult {
    const first = view.targets[0];
    const own = first ? this.#loader.loaded.get(first)?.statistics : null;
    const span =
      view.range === 'custom' || view.range === 'all'
        ? duration(range.toMs - range.fromMs)
        : rangeWords.spans[view.range];
    const name = first ? this.#label(first, targets) : '';
    const sentence =
      view.targets.length > 1
        ? latencyWords.comparing(view.targets.length)
        : !own || own.count === 0
          ? latencyWords.title(name)
          : own.p50Ms === null
            ? latencyWords.silent(name)
            : latencyWords.sentence(name, rtt(own.p50Ms), share(own.lost / own.count));
    const until = range.isLive ? rangeWords.untilNow : moment(range.toMs, appliance.nowMs());
    return html`<div class="title"><h1>${sentence}</h1><p class="muted">${
      range.isLive ? rangeWords.last(span) : `${moment(range.fromMs, appliance.nowMs())} – ${until} (${span})`
    }</p></div>`;
  }

  #charts(view: LatencyView, range: Range, targets: readonly Target[]): TemplateResult {
    const isMany = view.targets.length > 1;
    const groups = isMany && !view.isOverlay ? view.targets.map((id) => [id]) : [view.targets];
    return html`<section class="card" role="group" aria-label=${latencyWords.chart} aria-describedby="keys"
        @zoom=${(event: CustomEvent<Span>) => this.#zoom(event.detail)} @leave=${() => this.#leave()}>
      <div class="tools">
        <button type="button" class="button" title=${rangeWords.earlier} aria-label=${rangeWords.earlier} @click=${() => this.#move(-0.5)}>${icon('back', 16)}</button>
        <button type="button" class="button" title=${rangeWords.later} aria-label=${rangeWords.later} ?disabled=${range.isLive} @click=${() => this.#move(0.5)}>${icon('arrow', 16)}</button>
        <button type="button" class="button" title=${rangeWords.closer} aria-label=${rangeWords.closer} @click=${() => this.#scaleTime(0.5)}>${icon('plus', 16)}</button>
        <button type="button" class="button" title=${rangeWords.wider} aria-label=${rangeWords.wider} @click=${() => this.#scaleTime(2)}>${icon('minus', 16)}</button>
        ${view.range === 'custom' ? html`<button type="button" class="button" @click=${() => this.#leave()}>${rangeWords.leave}</button>` : nothing}
        <span class="grow"></span>
        ${isMany ? html`<button type="button" class="button" aria-pressed=${view.isOverlay} @click=${() => this.#go({ ...view, isOverlay: !view.isOverlay }, 'replace')}>${latencyWords.overlay}</button>` : nothing}
        <button type="button" class="button" title=${words.chart.logKey} aria-pressed=${view.isLog} @click=${() => this.#go({ ...view, isLog: !view.isLog }, 'replace')}>${words.chart.log}</button>
        <button type="button" class="button" title=${words.chart.tableKey} aria-pressed=${this.isTable} @click=${() => this.#toggleTable()}>${icon('table', 16)}${words.chart.table}</button>
      </div>
      ${groups.map((group) => this.#chart(group, view, range, targets, isMany))}
      <p class="note" id="keys">${words.chart.keys}</p>
    </section>`;
  }

  #chart(
    group: readonly string[],
    view: LatencyView,
    range: Range,
    targets: readonly Target[],
    isMany: boolean,
  ): TemplateResult {
    const failures = group.flatMap((id) => this.#loader.loaded.get(id)?.failure ?? []);
    const isReady = group.some((id) => this.#loader.loaded.has(id));
    const series = group.flatMap((id): SmokeInput[] => {
      const own = this.#loader.loaded.get(id);
      const target = targets.find((one) => one.id === id);
      if (!own || !target) return [];
      const token = isMany ? compareTokens[view.targets.indexOf(id)] : segmentTokens[target.segment];
      return [
        {
          target: id,
          label: this.#label(id, targets),
          token: token ?? 'series-5',
          points: own.points,
          stepMs: own.stepMs,
        },
      ];
    });
    const total = series.reduce(
      (sum, one) => sum + one.points.reduce((own, point) => own + point.count, 0),
      0,
    );
    const name = group.map((id) => this.#label(id, targets)).join(', ');
    return html`<div class="plot ${isMany && !view.isOverlay ? 'small' : ''}">
      ${isMany ? html`<h2>${group.map((id) => html`<span class="key"><i class="c${view.targets.indexOf(id)}"></i>${this.#label(id, targets)}</span>`)}</h2>` : nothing}
      ${
        failures.length > 0
          ? html`<p class="failure">${words.now.partFailed(name, failures[0] ?? '')}
        <button type="button" class="button" @click=${() => this.#retry()}>${words.app.tryAgain}</button></p>`
          : nothing
      }
      ${
        isReady
          ? html`<ist-smoke-chart .series=${series} .range=${range} .nowMs=${appliance.nowMs()} ?data-loading=${this.#loader.isLoading}
            .isLog=${view.isLog} .isTable=${this.isTable} name=${name}></ist-smoke-chart>
          ${total === 0 && failures.length === 0 && !this.#loader.isLoading ? html`<p class="empty">${this.#emptiness(range)}</p>` : nothing}
          ${series.map((one) => this.#method(one, range, targets))}`
          : html`<div class="bone"></div>`
      }
    </div>`;
  }

  #emptiness(range: Range): string {
    return range.isLive ? latencyWords.emptyLive : latencyWords.empty;
  }

  #method(one: SmokeInput, range: Range, targets: readonly Target[]): TemplateResult | typeof nothing {
    const target = targets.find((known) => known.id === one.target);
    if (!target) return nothing;
    const total = one.points.reduce((sum, point) => sum + point.count, 0);
    const csv = withQuery('/api/latency/samples', {
      target: one.target,
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.toMs).toISOString(),
    });
    return html`<p class="note method"><span>${latencyWords.method(
      count(total),
      words.method[target.method],
      target.address ?? target.host,
      words.family[target.family],
      duration(target.intervalMs),
      duration(one.stepMs),
    )}</span> <a href=${csv} download>${icon('download', 14)}${latencyWords.csv}</a></p>`;
  }

  #heat(view: LatencyView, targets: readonly Target[]): TemplateResult {
    const heatmap = this.#loader.heatmap;
    const first = view.targets[0];
    const heading = heatWords.heading(first ? this.#label(first, targets) : '', heatDays / 7);
    return html`<section class="card">${
      heatmap && heatmap.cells.length > 0
        ? html`<ist-heatmap .cells=${heatmap.cells} zone=${heatmap.timezone} heading=${heading}></ist-heatmap>`
        : html`<h2>${heading}</h2>${heatmap ? html`<p class="muted empty-heat">${heatWords.empty}</p>` : html`<div class="bone"></div>`}`
    }</section>`;
  }

  #waiting(): TemplateResult {
    const failure = appliance.failures.get('targets');
    return html`<div class="title"><h1>${failure ? words.now.failed : words.place.latency}</h1>
      <p class="muted">${failure ? `${words.now.failedAdvice} ${failure}` : words.now.loading}</p></div>
      <section class="card"><div class="bone"></div></section>`;
  }

  #label(id: string, targets: readonly Target[]): string {
    const target = targets.find((one) => one.id === id);
    return target ? targetLabel(target, targets) : id;
  }

  #go(view: LatencyView, how: 'push' | 'replace' = 'push'): void {
    const url = writeView(view);
    if (url !== location.pathname + location.search) go(url, how);
  }

  #zoom(span: Span): void {
    this.#trail = [...this.#trail, location.pathname + location.search].slice(-20);
    const nowMs = appliance.nowMs();
    const fromMs = Math.min(span.fromMs, nowMs - 10_000);
    this.#go({
      ...this.#view,
      range: 'custom',
      fromMs,
      toMs: Math.max(fromMs + 10_000, Math.min(span.toMs, nowMs)),
    });
  }

  /** Back to where the zoom began; without such a place, four times as wide. */
  #leave(): void {
    const back = this.#trail.pop();
    if (back) go(back);
    else if (this.#view.range === 'custom') this.#apply(zoomed(this.#range(), 4, appliance.nowMs()));
  }

  #move(part: number): void {
    this.#apply(moved(this.#range(), part, appliance.nowMs()));
  }

  #scaleTime(factor: number): void {
    this.#apply(zoomed(this.#range(), factor, appliance.nowMs()));
  }

  #apply(range: Range): void {
    this.#go({ ...this.#view, range: 'custom', fromMs: range.fromMs, toMs: range.toMs }, 'replace');
  }

  #toggleTable(): void {
    this.isTable = !this.isTable;
  }

  #retry(): void {
    this.#asked = '';
    this.requestUpdate();
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => this.#move(-0.25),
    ArrowRight: () => this.#move(0.25),
    '+': () => this.#scaleTime(0.5),
    '=': () => this.#scaleTime(0.5),
    '-': () => this.#scaleTime(2),
    Escape: () => this.#leave(),
    t: () => this.#toggleTable(),
    l: () => this.#go({ ...this.#view, isLog: !this.#view.isLog }, 'replace'),
  };

  #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const focused = event.composedPath()[0];
    if (focused instanceof HTMLInputElement || focused instanceof HTMLSelectElement) return;
    const isScrolling = focused instanceof HTMLElement && focused.classList.contains('scroll');
    const action = this.#actions[event.key];
    if (!action || isScrolling) return;
    event.preventDefault();
    action();
  };
}
