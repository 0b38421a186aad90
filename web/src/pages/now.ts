import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { Status, TimelineEvent } from '../../../appliance/features/judge/state/schema.ts';
import '../charts/live-chart.ts';
import type { LiveChart } from '../charts/live-chart.ts';
import type { LiveSeries } from '../charts/live-scene.ts';
import { appliance, liveSeconds, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, moment, rtt, share, time, unbroken } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import type { SparkBucket } from '../lib/live-ring.ts';
import { chartTargets, lookOf, stationsOf } from '../lib/path.ts';
import {
  incidentAt,
  incidentOfOutage,
  lastOutage,
  shadesOf,
  troubleDays,
  worstOpen,
} from '../lib/troubles.ts';
import { words } from '../lib/words.ts';
import '../parts/path-strip.ts';
import '../parts/sparkline.ts';
import '../parts/uptime-tiles.ts';
import { nowStyles } from './now-styles.ts';

const tokenOf = {
  router: 'series-router',
  provider: 'series-provider',
  internet: 'series-internet',
  names: 'series-names',
  other: 'series-5',
} as const;
/** Ten seconds each: fine enough to see a hiccup, coarse enough for a phone's tile. */
const sparkBuckets = 60;

/** What is true now: the sentence, the way to the Internet, the last ten minutes, the last events. */
@customElement('ist-now')
export class NowPage extends LitElement {
  static override styles = [baseStyles, nowStyles];
  @property({ attribute: false }) query = new URLSearchParams();
  @query('ist-live-chart') private chart?: LiveChart;
  protected readonly watch = new Watch(
    this,
    'status',
    'targets',
    'measurements',
    'events',
    'troubles',
    'connection',
  );

  protected override render(): TemplateResult {
    const status = appliance.status;
    this.toggleAttribute('data-stale', appliance.connection.kind === 'stale');
    if (!status) return appliance.failures.has('status') ? this.#unreachable() : this.#skeleton();
    const series = this.#series(status);
    return html`
      ${this.#sentence(status)}
      ${this.#trouble(status)}
      ${this.#live(series, status)}
      ${this.#book()}
      <section aria-labelledby="tiles"><h2 class="hidden-text" id="tiles">${words.now.tiles}</h2>
        <ul class="tiles">${series.filter((one) => !one.isSecond).map((one) => this.#tile(one))}</ul></section>
      ${this.#events()}
    `;
  }

  #sentence(status: Status): TemplateResult {
    const { connection } = appliance;
    const isStale = connection.kind === 'stale';
    const sentence = isStale
      ? words.now.lastHeard(time(connection.sinceMs, 'second'), status.sentence)
      : status.sentence;
    return html`<section class="card hero">
      <h1>${marker(isStale ? 'unknown' : status.state, 22)}<span>${unbroken(sentence)}</span></h1>
      ${status.lines.map(
        (line) => html`<div class="strip" role="group" aria-label=${words.now.strip}>
          ${status.lines.length > 1 ? html`<h2>${words.now.line(line.name)}</h2>` : nothing}
          <ist-path-strip interface=${line.interface ?? ''} .stations=${stationsOf(line, status.verdict)}></ist-path-strip></div>`,
      )}
    </section>`;
  }

  /** Fetched when it is needed first: most of the time nothing is wrong. */
  #trouble(status: Status): TemplateResult | typeof nothing {
    const { troubles } = appliance;
    const open = worstOpen(troubles.recent);
    const busy = open ? null : (troubles.recent?.busy.find((one) => one.endedAt === null) ?? null);
    if (!open && !busy) return nothing;
    void import('../parts/trouble-card.ts');
    const incident = open ? incidentOfOutage(open.worst.id, troubles.incidents) : null;
    return html`<ist-trouble-card .outage=${open?.worst ?? null} .busy=${busy} others=${open?.others ?? 0}
      ?namesLine=${status.lines.length > 1} nowMs=${this.#rightNow()}
      href=${incident ? `/incident?id=${incident.id}` : '/outages'}></ist-trouble-card>`;
  }

  /** Without news nobody knows whether it still lasts: the clock stops with the last word of the box. */
  #rightNow(): number {
    const { connection } = appliance;
    return connection.kind === 'stale' ? connection.sinceMs : appliance.nowMs();
  }

  #book(): TemplateResult | typeof nothing {
    const { recent, incidents, failure } = appliance.troubles;
    if (failure && !recent)
      return html`<p class="card muted">${words.now.partFailed(words.now.book, failure)}</p>`;
    return html`<section class="book" aria-label=${words.now.book}><ist-uptime-tiles .uptime=${recent?.uptime ?? null} days=${troubleDays}
      .last=${lastOutage(incidents)} nowMs=${appliance.nowMs()}></ist-uptime-tiles><ist-speed-tile></ist-speed-tile></section>`;
  }

  #series(status: Status): LiveSeries[] {
    return chartTargets(status.lines).map((station) => {
      const target = appliance.targets?.find((one) => one.id === station.target);
      const isSecond =
        station.family === 'ipv6' &&
        status.lines.some((line) => line.stations.some((one) => one.family === 'ipv4'));
      return {
        target: station.target ?? '',
        label: isSecond
          ? `${words.segment[station.segment]} ${words.family.ipv6}`
          : words.segment[station.segment],
        look: lookOf[station.segment],
        isSecond,
        intervalMs: target?.intervalMs ?? 1000,
      };
    });
  }

  #live(series: readonly LiveSeries[], status: Status): TemplateResult {
    const failure = appliance.failures.get('live');
    const total = series.reduce((sum, one) => sum + (appliance.rings.get(one.target)?.times.length ?? 0), 0);
    return html`<section class="card" aria-labelledby="live">
      <div class="head"><h2 id="live">${words.now.live}</h2>
        <button type="button" class="button" title=${words.chart.tableKey} @click=${() => this.chart?.toggleTable()}>${icon('table', 16)}${words.chart.table}</button></div>
      ${failure && !appliance.hasLive ? html`<p class="muted">${words.now.partFailed(words.now.live, failure)}</p>` : nothing}
      ${
        appliance.hasLive || total > 0
          ? html`<ist-live-chart .series=${series} .rings=${appliance.rings} .shades=${shadesOf(appliance.troubles.recent, appliance.nowMs())} .nowMs=${this.#rightEdge(series)}></ist-live-chart>
          <p class="note">${total === 0 ? words.now.nothingYet : words.now.measured(count(total), this.#method(series))}${
            status.method.advice ? html`<br />${status.method.advice}` : nothing
          }</p>`
          : html`<div class="bone chart-bone"></div>`
      }
    </section>`;
  }

  /** The newest exchange: without news the picture stands still instead of emptying itself. */
  #rightEdge(series: readonly LiveSeries[]): number {
    let newest = 0;
    for (const one of series) newest = Math.max(newest, appliance.rings.get(one.target)?.times.at(-1) ?? 0);
    return appliance.connection.kind === 'stale' && newest > 0
      ? newest
      : Math.max(newest, appliance.nowMs() - 1500);
  }

  #method(series: readonly LiveSeries[]): string {
    const methods = new Set(
      series.flatMap((one) => appliance.targets?.find((target) => target.id === one.target)?.method ?? []),
    );
    return [...methods].map((method) => words.method[method]).join(', ');
  }

  #tile(one: LiveSeries): TemplateResult {
    const ring = appliance.rings.get(one.target);
    const fromMs = appliance.nowMs() - liveSeconds * 1000;
    const recent = ring?.recent(
      ring.times.at(-1) === undefined ? 0 : Math.min(fromMs, (ring.times.at(-1) ?? 0) - 1000),
    );
    const name = appliance.targets?.find((target) => target.id === one.target)?.name ?? one.label;
    const now = recent?.nowMs;
    return html`<li><a class="card tile" href="/latency?target=${encodeURIComponent(one.target)}">
      <span class="tile-head"><b>${one.label}</b><span class="muted small">${name === one.label ? '' : name}</span></span>
      <span class="value ${now === null ? 'lost' : ''}">${now === null ? words.now.noAnswer : rtt(now)}</span>
      <ist-sparkline token=${tokenOf[one.look]} .buckets=${this.#spark(one.target)}></ist-sparkline>
      <dl>
        <div><dt>${words.now.median}</dt><dd>${rtt(recent?.medianMs)}</dd></div>
        <div class=${recent?.lost ? 'some' : ''}><dt>${words.now.loss}</dt><dd>${share(recent?.lossRatio)}</dd></div>
        <div><dt>${words.now.jitter}</dt><dd>${rtt(recent?.jitterMs)}</dd></div>
      </dl></a></li>`;
  }

  #spark(target: string): SparkBucket[] {
    const ring = appliance.rings.get(target);
    const end = ring?.times.at(-1);
    return ring && end !== undefined
      ? ring.buckets(end, (liveSeconds * 1000) / sparkBuckets, sparkBuckets)
      : [];
  }

  #events(): TemplateResult {
    const failure = appliance.failures.get('events');
    const events = appliance.events;
    return html`<section class="card" aria-labelledby="events"><h2 id="events">${words.now.events}</h2>
      ${!events ? (failure ? html`<p class="muted">${words.now.partFailed(words.now.events, failure)}</p>` : html`<div class="bone list-bone"></div>`) : nothing}
      ${events && events.length === 0 ? html`<p class="muted">${words.now.eventsEmpty}</p>` : nothing}
      ${events && events.length > 0 ? html`<ul class="events">${events.slice(0, 8).map((event) => this.#event(event))}</ul>` : nothing}
    </section>`;
  }

  #event(event: TimelineEvent): TemplateResult {
    const at = Date.parse(event.at);
    const around = new URLSearchParams({
      from: new Date(at - 300_000).toISOString(),
      to: new Date(at + 300_000).toISOString(),
    });
    if (event.target) around.set('target', event.target);
    const incident = isJudged(event) ? incidentAt(at, event.line, appliance.troubles.incidents) : null;
    return html`<li><a href=${incident ? `/incident?id=${incident.id}` : `/latency?${around}`}><time datetime=${event.at} title=${time(at, 'full')}>${moment(at, appliance.nowMs())}</time>
      <span>${event.text}</span>${icon('arrow', 16)}</a></li>`;
  }

  #skeleton(): TemplateResult {
    return html`<section class="card hero" aria-busy="true"><h1 class="muted">${words.now.loading}</h1><div class="bone strip-bone"></div></section>
      <section class="card"><div class="bone chart-bone"></div></section>`;
  }

  #unreachable(): TemplateResult {
    return html`<section class="card hero unknown"><h1>${marker('unknown', 22)}<span>${words.now.failed}</span></h1>
      <p>${words.now.failedAdvice}</p><p class="note">${appliance.failures.get('status')}</p></section>`;
  }

  /** The book is opened after the picture is there: it may be long, and nothing on the first screen waits for it. */
  protected override updated(): void {
    if (!appliance.hasLive && !appliance.failures.has('live')) return;
    appliance.troubles.open();
    void import('../parts/speed-tile.ts');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
  }

  #key = (event: KeyboardEvent): void => {
    if (event.key === 't' && !event.ctrlKey && !event.metaKey && !event.altKey) this.chart?.toggleTable();
  };
}

/** Events that tell of an outage; others only happened to be at the same time. */
function isJudged(event: TimelineEvent): boolean {
  return event.kind === 'state.changed' || event.kind.startsWith('outage');
}
