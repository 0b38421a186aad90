import { toIso } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { PageReply } from '../../../core/network.ts';
import type { LatencyPort } from '../latency/schema.ts';
import { ChangeLog } from './change-log.ts';
import { findingOf, type PageFinding, pageOf } from './expectation.ts';
import { PageWatch } from './page-watch.ts';
import { PortalWatch } from './portal-watch.ts';
import type { CheckedPage, HttpCheckPort, PageCheck } from './schema.ts';

const tickMs = 1000;
const timeoutMs = 5000;
/** Enough to find a link to a login page in. */
const maxBytes = 16_384;
const maxHurryMs = 10 * 60_000;
/** How long it hurries by itself when a page looks like a portal for the first time. */
const suspicionMs = 15_000;
/** What others said counts for this many rounds. */
const freshRounds = 2;

interface Line {
  name: string;
  interfaceName: string | null;
  watches: PageWatch[];
  portal: PortalWatch;
  hurriedUntilMonoMs: number;
  /** Runs of `checkAll` share their checks. */
  checking: Promise<PageCheck[]> | null;
}

/** Fetches every page in every family of every line, and tells who listens what came of it. */
export class HttpCheckService implements HttpCheckPort {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #changes: ChangeLog;
  readonly #lines = new Map<string, Line>();
  readonly #listeners = new Set<(checked: CheckedPage) => void>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  #undo: (() => void)[] = [];
  #announcing: Promise<void> = Promise.resolve();
  #complaint = '';

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#latency = context.port('latency');
    const { store, clock, log } = context;
    this.#changes = new ChangeLog({ state: store.state, clock, log });
  }

  start(): void {
    const { bus, clock, config } = this.#context;
    this.#read();
    const again = () => this.#read();
    this.#undo = [
      bus.on('target.changed', again),
      config.onChange(again),
      clock.every(tickMs, () => this.#tick()),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#stopping.abort();
    await Promise.allSettled(this.#underWay);
    await this.#changes.flush();
  }

  watches(): readonly PageWatch[] {
    return [...this.#lines.values()].flatMap(({ watches }) => watches);
  }

  onChecked(listener: (checked: CheckedPage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hurry(line: string, forMs: number): void {
    const known = this.#lines.get(line);
    if (!known) return;
    const untilMonoMs = this.#context.clock.monoMs() + Math.min(forMs, maxHurryMs);
    known.hurriedUntilMonoMs = Math.max(known.hurriedUntilMonoMs, untilMonoMs);
  }

  async checkAll(line: string): Promise<PageCheck[]> {
    const known = this.#lines.get(line);
    if (!known) return [];
    known.checking ??= this.#checkLine(known).finally(() => {
      known.checking = null;
    });
    return await known.checking;
  }

  async changesBetween(fromMs: number, toMs: number): Promise<PageCheck[]> {
    return await this.#changes.between(fromMs, toMs);
  }

  async #checkLine(line: Line): Promise<PageCheck[]> {
    const askable = line.watches.filter(({ hasRoom, isAbsent }) => hasRoom && !isAbsent);
    const checks = await Promise.all(askable.map((watch) => this.#track(this.#check(line, watch))));
    return checks.flatMap((check) => check ?? []);
  }

  /** Takes over lines, families and pages as they are now; what stays keeps what is known of it. */
  #read(): void {
    const { clock, config } = this.#context;
    const { httpCheck, lines } = config.current;
    const pages = httpCheck.urls.map(pageOf);
    const targets = this.#latency.targets().filter(({ segment }) => segment !== 'custom');
    for (const name of this.#lines.keys())
      if (!lines.some((line) => line.name === name)) this.#lines.delete(name);
    for (const { name, interface: bound } of lines) {
      const families = (['ipv4', 'ipv6'] as const).filter((family) =>
        targets.some((target) => target.line === name && target.family === family),
      );
      const line = this.#lines.get(name) ?? newLine(name);
      this.#lines.set(name, line);
      line.interfaceName = bound === 'auto' ? null : bound;
      const wanted = pages.flatMap((page) => families.map((family) => ({ line: name, page, family })));
      line.watches = wanted.map(
        (one, place) =>
          line.watches.find((watch) => isSame(watch, one)) ??
          new PageWatch(one, { place, count: wanted.length }, clock.monoMs()),
      );
      line.portal.keepOnly(new Set(pages.map(({ url }) => url)));
    }
  }

  #tick(): void {
    const { clock, config } = this.#context;
    const now = clock.monoMs();
    for (const line of this.#lines.values()) {
      const isHurried = now < line.hurriedUntilMonoMs;
      for (const watch of line.watches)
        if (watch.isDue(now, config.current.httpCheck.intervalMs, isHurried))
          this.#track(this.#check(line, watch)).catch((error: unknown) => this.#complain(error));
    }
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  /** Null when it could not be asked, or is wanted no more. */
  async #check(line: Line, watch: PageWatch): Promise<PageCheck | null> {
    const { clock, net } = this.#context;
    const sentMonoMs = clock.monoMs();
    const { interfaceName } = line;
    watch.begin(sentMonoMs);
    try {
      const request = { url: watch.page.url, family: watch.family, timeoutMs, maxBytes };
      const reply = await net.fetchPage(
        { ...request, ...(interfaceName === null ? {} : { interfaceName }) },
        this.#stopping.signal,
      );
      return line.watches.includes(watch) ? this.#take(line, watch, reply, sentMonoMs) : null;
    } catch (error) {
      this.#complain(error);
      return null;
    } finally {
      watch.end();
    }
  }

  #take(line: Line, watch: PageWatch, reply: PageReply, sentMonoMs: number): PageCheck {
    const { clock, config, timeline } = this.#context;
    const now = clock.monoMs();
    const freshMs = freshRounds * config.current.httpCheck.intervalMs + timeoutMs;
    const finding = line.portal.weigh(watch.page, findingOf(watch.page, reply), now, freshMs);
    const check = checkOf(watch, finding, reply, toIso(timeline.wallMs(sentMonoMs)));
    // One that has looked like this for long is no news.
    if (finding.suspicion !== 'none' && watch.outcome !== finding.outcome) this.hurry(line.name, suspicionMs);
    const isChange = watch.take(check, sentMonoMs, now);
    watch.isAbsent = check.outcome === 'dns' && !watch.wasEverGood && this.#hasOtherFamily(line, watch);
    const endedMonoMs = Number.isNaN(reply.totalUs) ? now : sentMonoMs + reply.totalUs / 1000;
    for (const listener of this.#listeners) listener({ sentMonoMs, endedMonoMs, check });
    if (isChange) this.#announce(check);
    return check;
  }

  /** The page is there in the other family, so it is this family's address that does not exist. */
  #hasOtherFamily(line: Line, { page, family }: PageWatch): boolean {
    return line.watches.some(
      (other) => other.page.url === page.url && other.family !== family && other.last?.outcome === 'ok',
    );
  }

  /** One after the other, each once it is kept. */
  #announce(check: PageCheck): void {
    this.#announcing = this.#announcing
      .then(() => this.#changes.keep(check))
      .then(() => this.#context.bus.emit('page.changed', check));
    this.#track(this.#announcing).catch((error: unknown) => this.#complain(error));
  }

  /** A page that cannot be asked is the same every minute: said once. */
  #complain(error: unknown): void {
    const message = messageOf(error);
    if (this.#stopping.signal.aborted || message === this.#complaint) return;
    this.#complaint = message;
    this.#context.log.warn({ reason: message }, 'a page could not be checked');
  }
}

function newLine(name: string): Line {
  return {
    name,
    interfaceName: null,
    watches: [],
    portal: new PortalWatch(),
    hurriedUntilMonoMs: Number.NEGATIVE_INFINITY,
    checking: null,
  };
}

function isSame(watch: PageWatch, { page, family }: Pick<PageWatch, 'page' | 'family'>): boolean {
  return watch.family === family && JSON.stringify(watch.page) === JSON.stringify(page);
}

function checkOf(
  { line, page, family }: PageWatch,
  { outcome, portal, message }: PageFinding,
  reply: PageReply,
  at: string,
): PageCheck {
  return {
    line,
    url: page.url,
    family,
    at,
    outcome,
    status: reply.status,
    address: reply.address,
    dnsMs: msOf(reply.dnsUs),
    connectMs: msOf(reply.connectUs),
    tlsMs: msOf(reply.tlsUs),
    firstByteMs: msOf(reply.firstByteUs),
    totalMs: msOf(reply.totalUs),
    message,
    portal: outcome === 'portal' ? portal : null,
  };
}

const msOf = (us: number) => (Number.isNaN(us) ? null : Math.round(us) / 1000);
