import type { FeatureContext } from '../../../core/feature.ts';
import type { BlackBoxPort, Capture } from '../../watch/black-box/schema.ts';
import type { DnsPort, NameAnswer } from '../../watch/dns/schema.ts';
import type { LatencyPort } from '../../watch/latency/schema.ts';
import type { LinkPort } from '../../watch/link/schema.ts';
import type { PathPort, PathTrace } from '../../watch/path/schema.ts';
import type { GapPort } from '../gap/schema.ts';
import type { Outage, OutagePort } from '../outage/schema.ts';
import { spanOf } from './cause.ts';
import { touchMs } from './group.ts';
import { impactsOf } from './impact.ts';
import { memberOf } from './member.ts';
import { momentsOf } from './moments.ts';
import type { Impact, Incident, IncidentDetail, IncidentNote } from './schema.ts';
import { maxSeconds, secondsOf } from './seconds.ts';
import type { Span } from './spans.ts';
import { type Theme, themeOf } from './themes.ts';

/** Outages that are shown one by one. */
const maxOutages = 200;
/** Captures that are read: the first and last ones of a line that came and went all day. */
const maxCaptures = 24;
/** Traces during an incident. */
const maxTraces = 30;
const maxNames = 500;
/** How far a trace before or after may be away and still speak about it. */
const traceReachMs = 24 * 60 * 60_000;
/** What a buffer or a call had before, and how it came back. */
const impactMarginMs = 15_000;
/** Changes of the link that led to it. */
const linkMarginMs = 5 * 60_000;

/** Gathers everything that is known of one incident. */
export class DetailReader {
  readonly #context: FeatureContext;
  readonly #outages: OutagePort;
  readonly #gaps: GapPort;
  readonly #path: PathPort;
  readonly #dns: DnsPort;
  readonly #blackBox: BlackBoxPort;
  readonly #latency: LatencyPort;
  readonly #link: LinkPort;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#outages = context.port('outage');
    this.#gaps = context.port('gap');
    this.#path = context.port('path');
    this.#dns = context.port('dns');
    this.#blackBox = context.port('blackBox');
    this.#latency = context.port('latency');
    this.#link = context.port('link');
  }

  async read(incident: Incident, notes: readonly IncidentNote[]): Promise<IncidentDetail> {
    const { timeline, config } = this.#context;
    const { line, endedAt } = incident;
    const fromMs = Date.parse(incident.startedAt);
    const span: Span = { fromMs, toMs: endedAt === null ? timeline.nowMs() : Date.parse(endedAt) };
    const outages = await this.#readOutages(incident);
    const isCutOff = outages.some((outage) => outage.endedBy === 'gap' && outage.endedAt === endedAt);
    const gaps = await this.#gaps.between(span.fromMs, span.toMs + (isCutOff ? touchMs : 0));
    const busy = (await this.#outages.busyBetween(span.fromMs, span.toMs)).filter(
      (each) => each.line === line,
    );
    const links = await this.#link.between(line, span.fromMs - linkMarginMs, span.toMs + linkMarginMs);
    const traces = await this.#readTraces(line, span);
    const captures = await this.#readCaptures(outages);
    return {
      incident,
      outages,
      gaps,
      busy,
      timeline: momentsOf({
        outages,
        gaps,
        busy,
        notes,
        links,
        traces: [...traces.before, ...traces.during, ...traces.after],
        timezone: config.current.site.timezone,
      }),
      impacts: await this.#readImpacts(line, span, outages, captures),
      notes: [...notes],
      traces,
      names: await this.#readNames(line, span),
      captures,
    };
  }

  async #readOutages({ outages }: Incident): Promise<Outage[]> {
    const ids = outages.slice(0, maxOutages);
    return (await Promise.all(ids.map((id) => this.#outages.byId(id)))).filter((outage) => outage !== null);
  }

  async #readTraces(line: string, { fromMs, toMs }: Span): Promise<IncidentDetail['traces']> {
    const all = (await this.#path.between(fromMs - traceReachMs, toMs + traceReachMs))
      .filter((trace) => trace.line === line)
      .sort((a, b) => a.at.localeCompare(b.at));
    const atMs = ({ at }: PathTrace) => Date.parse(at);
    const byTarget = [...Map.groupBy(all, ({ target }) => target).values()];
    return {
      before: byTarget.flatMap((traces) => traces.findLast((trace) => atMs(trace) < fromMs) ?? []),
      during: all.filter((trace) => atMs(trace) >= fromMs && atMs(trace) <= toMs).slice(0, maxTraces),
      after: byTarget.flatMap((traces) => traces.find((trace) => atMs(trace) > toMs) ?? []),
    };
  }

  async #readCaptures(outages: readonly Outage[]): Promise<Capture[]> {
    const half = maxCaptures / 2;
    const chosen =
      outages.length <= maxCaptures ? outages : [...outages.slice(0, half), ...outages.slice(-half)];
    return (await Promise.all(chosen.map(({ id }) => this.#blackBox.captures(`outage-${id}`)))).flat();
  }

  async #readNames(line: string, { fromMs, toMs }: Span): Promise<NameAnswer[]> {
    const answers = await this.#dns.answersBetween(fromMs, toMs);
    return answers.filter((answer) => answer.line === line).slice(0, maxNames);
  }

  async #readImpacts(
    line: string,
    { fromMs, toMs }: Span,
    outages: readonly Outage[],
    captures: readonly Capture[],
  ): Promise<Impact[]> {
    const wide = { fromMs: fromMs - impactMarginMs, toMs: toMs + impactMarginMs };
    const seconds = await secondsOf(
      { measurements: this.#context.store.measurements, targets: this.#latency.targets(), captures },
      line,
      wide,
    );
    const spansOf = (...themes: Theme[]) =>
      outages
        .map(memberOf)
        .filter((member) => themes.includes(themeOf(member)))
        .map((member) => spanOf(member, toMs));
    const pings = spansOf('pings');
    const pageless = spansOf('names', 'portal');
    const impacts = impactsOf(
      // Hosts that refuse pings while pages load say nothing about what works.
      seconds.filter(({ atMs }) => !pings.some((span) => atMs >= span.fromMs && atMs <= span.toMs)),
      pageless,
    );
    if (wide.toMs - wide.fromMs <= maxSeconds * 1000) return impacts;
    const limit = `Only the first ${maxSeconds / 3600} h were looked at.`;
    return impacts.map((impact) => ({ ...impact, method: `${impact.method} ${limit}` }));
  }
}
