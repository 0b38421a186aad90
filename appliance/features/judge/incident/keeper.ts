import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { GapPort } from '../gap/schema.ts';
import type { Gap, Outage, OutagePort } from '../outage/schema.ts';
import { find, spanOf } from './cause.ts';
import { compose } from './compose.ts';
import { type Assignment, assign, flappingPauseMs, gapSpanOf, touchMs } from './group.ts';
import { type Member, memberOf } from './member.ts';
import type { Incident } from './schema.ts';
import { type HeldMember, type IncidentRow, IncidentStore, type Statement, statements } from './store.ts';

/** An incident without a further outage for so long has settled. */
export const settleMs = 10 * 60_000;
/** After a start the outage of the moment may yet join the incident that was open when watching stopped. */
const settleAfterStartMs = 2 * 60_000;
/** Timers are set anew at least this often, because the wall clock may be corrected. */
const longestWaitMs = 60 * 60_000;
/** When the disk refuses, the outages are asked for again after this long. */
const retryMs = 60_000;
/** The outages get their true times first. */
const restampMs = 5000;
/** Outages that changed and wait for their turn, the newest state of each; beyond it they are asked for again. */
const maxWaiting = 1000;
/** Outages looked through at a start; what is older has been through here. */
const maxReconciled = 2000;
const dayMs = 86_400_000;
/** Links reach over two pauses, and over gaps in a row: what is further away has been linked before. */
const maxSteps = 4;
/** Outages of one incident; what comes after them is another one, so that a line in ruins stays readable. */
const maxOutages = 1000;

interface Neighbourhood {
  held: HeldMember[];
  gaps: Gap[];
}

/** Keeps incidents true to the outages: groups them, writes them down at events and settles them. */
export class Keeper {
  readonly store: IncidentStore;
  readonly #context: FeatureContext;
  readonly #outages: OutagePort;
  readonly #gaps: GapPort;
  readonly #waiting = new Map<number, Outage>();
  #isAskingAgain = false;
  #work: Promise<unknown> = Promise.resolve();
  #undo: (() => void)[] = [];
  #cancelSettle: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;
  #startedMonoMs = 0;
  #openCount = 0;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#outages = context.port('outage');
    this.#gaps = context.port('gap');
    this.store = new IncidentStore(context.store.state);
  }

  /** Incidents that last. */
  get openCount(): number {
    return this.#openCount;
  }

  /** What happened before is taken over while the rest of the service starts. */
  start(): void {
    const { bus, timeline, clock } = this.#context;
    this.#startedMonoMs = clock.monoMs();
    const take = (outage: Outage) => this.#queue(outage);
    this.#undo = [
      bus.on('outage.opened', take),
      bus.on('outage.updated', take),
      bus.on('outage.closed', take),
      bus.on('gap.recorded', (gap) => this.#later(() => this.#bridge(gap))),
      timeline.onChange(() => this.#reconcileIn(restampMs)),
      () => this.#cancelSettle(),
      () => this.#cancelRetry(),
    ];
    this.#later(() => this.#reconcile());
  }

  async stop(): Promise<void> {
    const undo = this.#undo.splice(0);
    for (const step of undo) step();
    await this.#work;
    this.#cancelSettle(); // what was under way may have set it again
    this.#cancelRetry();
  }

  /** Runs after what is under way, alone; for changes by hand. */
  exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(task);
    this.#work = result.catch(() => undefined); // whoever asked is told
    return result;
  }

  /** What a person reads of these rows, in their order. */
  async compose(rows: readonly IncidentRow[]): Promise<Incident[]> {
    if (rows.length === 0) return [];
    const { timeline, config } = this.#context;
    const nowMs = timeline.nowMs();
    const held = Map.groupBy(await this.store.members(rows.map(({ id }) => id)), ({ incident }) => incident);
    const gaps = await this.#gaps.between(
      Math.min(...rows.map(({ startedMs }) => startedMs)),
      Math.max(...rows.map(({ endedMs }) => (endedMs ?? nowMs) + touchMs)),
    );
    return rows.flatMap((row) => {
      const members = (held.get(row.id) ?? []).map(({ member }) => this.#current(member));
      if (members.length === 0) return [];
      const { site, lines } = config.current;
      return compose(row, members, {
        gaps,
        nowMs,
        timezone: site.timezone,
        isClockKnown: timeline.anchor.isKnown || row.settledMs !== null,
        isOnlyLine: lines.length < 2,
      });
    });
  }

  /** What lasts changes by the second, and only the judge knows how. */
  #current(member: Member): Member {
    if (member.endedMs !== null) return member;
    const open = this.#outages.line(member.line)?.open.find(({ id }) => id === member.outage);
    return open ? memberOf(open) : member;
  }

  /** Tells everyone what these incidents are now. */
  async announce(ids: readonly number[]): Promise<Incident[]> {
    const incidents = await this.compose(await this.store.byIds(ids));
    for (const incident of incidents) this.#context.bus.emit('incident.updated', incident);
    await this.#plan();
    return incidents;
  }

  /** The statements that bring a row's columns in line with its members; it has to settle again when its end moved. */
  refreshed(row: IncidentRow, members: readonly Member[]): IncidentRow {
    const { verdict, startedMs, endedMs } = find(members, this.#context.timeline.nowMs());
    const isSame = row.endedMs === endedMs && row.startedMs === startedMs;
    return { ...row, verdict, startedMs, endedMs, settledMs: isSame ? row.settledMs : null };
  }

  #queue(outage: Outage): void {
    if (this.#waiting.size >= maxWaiting && !this.#waiting.has(outage.id)) {
      this.#isAskingAgain = true;
      return;
    }
    this.#waiting.set(outage.id, outage);
    this.#later(() => this.#drain());
  }

  async #drain(): Promise<void> {
    for (const [id, outage] of this.#waiting) {
      this.#waiting.delete(id);
      await this.#take(outage);
    }
    if (this.#isAskingAgain) await this.#reconcile();
  }

  /** One task after the other; what fails is logged and made good from the outages themselves. */
  #later(task: () => Promise<void>): void {
    this.#work = this.#work.then(task).catch((error: unknown) => {
      this.#context.log.error(
        { err: error },
        `incidents could not be brought up to date: ${messageOf(error)}`,
      );
      this.#reconcileIn(retryMs);
    });
  }

  #reconcileIn(delayMs: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#context.clock.after(delayMs, () => this.#later(() => this.#reconcile()));
  }

  /** Takes over what changed while nobody listened. */
  async #reconcile(): Promise<void> {
    this.#isAskingAgain = false;
    const nowMs = this.#context.timeline.nowMs();
    const newestMs = await this.store.newestStartMs();
    const missed = await this.#outages.between(
      newestMs === null ? 0 : newestMs - dayMs,
      nowMs + dayMs,
      maxReconciled,
    );
    for (const outage of [...missed].sort((a, b) => a.id - b.id)) await this.#take(outage);
    const unsettled = await this.store.unsettled();
    for (const { member } of await this.store.members(unsettled.map(({ id }) => id))) {
      const outage = await this.#outages.byId(member.outage);
      if (outage) await this.#take(outage);
      else await this.#withdraw(member.outage);
    }
    const gap = await this.#gaps.atStart();
    if (gap) await this.#bridge(gap);
    await this.#settle();
  }

  async #take(outage: Outage): Promise<void> {
    const member = memberOf(outage);
    const known = await this.store.member(member.outage);
    if (known && JSON.stringify(known.member) === JSON.stringify(member)) return;
    const { fromMs, toMs } = spanOf(member, this.#context.timeline.nowMs());
    const near = await this.#around(member.line, fromMs, toMs);
    const others = near.held.filter(({ member: other }) => other.outage !== member.outage);
    await this.#regroup([...others.map((held) => held.member), member], near.gaps, [
      ...others.map(({ incident }) => incident),
      ...(known ? [known.incident] : []),
    ]);
  }

  /** A gap may join what was before it with what came after. */
  async #bridge(gap: Gap): Promise<void> {
    const { fromMs, toMs } = gapSpanOf(gap);
    for (const { name } of this.#context.config.current.lines) {
      const near = await this.#around(name, fromMs, toMs);
      await this.#regroup(
        near.held.map(({ member }) => member),
        near.gaps,
        near.held.map(({ incident }) => incident),
      );
    }
  }

  /** Everything of a line that could be linked with that time, directly or through others. */
  async #around(line: string, fromMs: number, toMs: number): Promise<Neighbourhood> {
    const nowMs = this.#context.timeline.nowMs();
    let window = { fromMs: fromMs - flappingPauseMs, toMs: toMs + flappingPauseMs };
    for (let step = 0; ; step += 1) {
      const held = await this.store.around(line, window.fromMs, window.toMs);
      const gaps = await this.#gaps.between(window.fromMs, window.toMs);
      const spans = [...held.map(({ member }) => spanOf(member, nowMs)), ...gaps.map(gapSpanOf)];
      const wider = {
        fromMs: Math.min(window.fromMs, ...spans.map((span) => span.fromMs - flappingPauseMs)),
        toMs: Math.max(window.toMs, ...spans.map((span) => span.toMs + flappingPauseMs)),
      };
      const isWhole = wider.fromMs === window.fromMs && wider.toMs === window.toMs;
      if (isWhole || step === maxSteps) return { held, gaps };
      window = wider;
    }
  }

  async #regroup(records: readonly Member[], gaps: readonly Gap[], owners: readonly number[]): Promise<void> {
    const rows = await this.store.byIds([...new Set(owners)]);
    const held = await this.store.members(rows.map(({ id }) => id));
    const homes = new Map(held.map((each) => [each.member.outage, each]));
    // The record that changed is newer in `records` than on disk.
    const members = new Map(
      [...held.map(({ member }) => member), ...records].map((each) => [each.outage, each]),
    );
    const outagesOf = (id: number) =>
      held.filter(({ incident }) => incident === id).map(({ member }) => member.outage);
    const incidents = rows.map(({ id, isEdited }) => {
      const outages = outagesOf(id);
      return { id, isEdited: isEdited || outages.length >= maxOutages, outages };
    });
    const untouched = incidents
      .filter(({ isEdited }) => isEdited)
      .map(({ id, outages }): Assignment => ({ incident: id, outages: [...outages], absorbed: [] }));
    const wanted = [...assign([...members.values()], gaps.map(gapSpanOf), incidents), ...untouched];

    const writes: Statement[] = [];
    const changed: number[] = [];
    let nextId = await this.store.nextId();
    for (const { incident, outages, absorbed } of wanted) {
      const mine = outages.flatMap((outage) => members.get(outage) ?? []);
      const moved = mine.filter((member) => {
        const home = homes.get(member.outage);
        return home?.incident !== incident || JSON.stringify(home?.member) !== JSON.stringify(member);
      });
      if (moved.length === 0) continue;
      const id = incident ?? nextId++;
      const row = rows.find((each) => each.id === id) ?? freshRow(id, mine);
      const joined = rows.filter((each) => absorbed.includes(each.id));
      writes.push(
        statements.putIncident(this.refreshed(joinRows(row, joined), mine)),
        ...absorbed.flatMap((each) => statements.absorb(each, id)),
        ...moved.map((member) => statements.putMember(id, member)),
      );
      if (incident === null) writes.push(statements.prune());
      changed.push(id);
    }
    if (writes.length === 0) return;
    await this.store.write(writes);
    await this.announce(changed);
  }

  /** An outage that is no longer known (a damaged card) leaves its incident; one without any other goes with it. */
  async #withdraw(outage: number): Promise<void> {
    const known = await this.store.member(outage);
    if (!known) return;
    const held = await this.store.members([known.incident]);
    const rest = held.map(({ member }) => member).filter((member) => member.outage !== outage);
    const [row] = await this.store.byIds([known.incident]);
    if (!row || rest.length === 0) {
      await this.store.write([statements.removeIncident(known.incident)]);
      await this.#plan();
      return;
    }
    await this.store.write([
      statements.removeMember(outage),
      statements.putIncident(this.refreshed(row, rest)),
    ]);
    await this.announce([row.id]);
  }

  async #settle(): Promise<void> {
    const { bus, timeline } = this.#context;
    if (timeline.anchor.isKnown) {
      const nowMs = timeline.nowMs();
      const due = (await this.store.unsettled()).filter((row) => this.#dueMs(row) <= nowMs);
      if (due.length > 0) {
        await this.store.write(due.map(({ id }) => statements.settle(id, nowMs)));
        for (const incident of await this.compose(due)) bus.emit('incident.settled', incident);
      }
    }
    await this.#plan();
  }

  #dueMs({ endedMs }: IncidentRow): number {
    if (endedMs === null) return Number.POSITIVE_INFINITY;
    const earliestMs = this.#context.timeline.wallMs(this.#startedMonoMs) + settleAfterStartMs;
    return Math.max(endedMs + settleMs, earliestMs);
  }

  /** Wakes up when the next one is due. */
  async #plan(): Promise<void> {
    const { clock, timeline } = this.#context;
    const unsettled = await this.store.unsettled();
    this.#openCount = unsettled.filter(({ endedMs }) => endedMs === null).length;
    this.#cancelSettle();
    const dueMs = Math.min(...unsettled.map((row) => this.#dueMs(row)));
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(longestWaitMs, Math.max(0, dueMs - timeline.nowMs()) + 1);
    this.#cancelSettle = clock.after(waitMs, () => this.#later(() => this.#settle()));
  }
}

function freshRow(id: number, members: readonly Member[]): IncidentRow {
  return {
    id,
    line: members[0]?.line ?? '',
    verdict: 'unclear',
    startedMs: 0,
    endedMs: null,
    tags: [],
    isAcknowledged: false,
    isEdited: false,
    settledMs: null,
  };
}

/** What a person put onto incidents that are one now. */
export function joinRows(row: IncidentRow, others: readonly IncidentRow[]): IncidentRow {
  return {
    ...row,
    tags: [...new Set([row, ...others].flatMap(({ tags }) => tags))],
    isAcknowledged: [row, ...others].every(({ isAcknowledged }) => isAcknowledged),
  };
}
