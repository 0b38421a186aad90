/** The name servers of one line, and which of them are to be asked now. */
import type { Target } from '../latency/schema.ts';
import { type AskedServer, controlsOf, type LineOfServers, serversOf } from './name-servers.ts';
import type { NameAnswer, NameOutcome } from './schema.ts';
import { ServerWatch } from './server-watch.ts';

/** An anchor that is taken for a name server while the line's own ones fail, if it turns out to be one. */
interface Control {
  watch: ServerWatch;
  /** It has answered a DNS query once; until then its silence says nothing. */
  isNameServer: boolean;
  /** Nobody listens there: not asked again before. */
  quietUntilMonoMs: number;
}

const controlPaceMs = 2000;
/** An anchor that is not known to be a name server is tried this often while names fail. */
const tryPaceMs = 10_000;
const quietMs = 3_600_000;
const maxHurryMs = 10 * 60_000;
/** A new server is asked for every name soon, so that there is something to compare with. */
const learningMs = 15_000;

export class LineWatch {
  readonly name: string;
  /** The line's own ones first. */
  servers: ServerWatch[] = [];
  /** Runs of `askAll` share their answers. */
  asking: Promise<NameAnswer[]> | null = null;
  /** Counts the questions of `askAll`, for the turn of the names. */
  turn = 0;
  #controls: Control[] = [];
  #hurriedUntilMonoMs = Number.NEGATIVE_INFINITY;
  #learningUntilMonoMs = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes over what the network and the configuration say now; servers that stay keep what is known of them. */
  update(
    line: LineOfServers,
    targets: readonly Target[],
    compare: readonly string[],
    nowMonoMs: number,
  ): void {
    const asked = serversOf(line, targets, compare);
    const before = new Map(this.servers.map((watch) => [keyOf(watch.asked), watch]));
    let added = 0;
    this.servers = asked.map((server, place) => {
      const kept = before.get(keyOf(server));
      if (!kept) {
        added += 1;
        return new ServerWatch(server, place, nowMonoMs);
      }
      // With the route the gateway is gone from the list, and the router is the router still.
      if (line.link.gateways.length > 0) kept.asked = server;
      return kept;
    });
    if (added > 0) this.#learningUntilMonoMs = nowMonoMs + learningMs;
    const controls = new Map(this.#controls.map((control) => [keyOf(control.watch.asked), control]));
    this.#controls = controlsOf(line, targets, asked).map(
      (server, place) =>
        controls.get(keyOf(server)) ?? {
          watch: new ServerWatch(server, place, nowMonoMs),
          isNameServer: false,
          quietUntilMonoMs: Number.NEGATIVE_INFINITY,
        },
    );
  }

  /** What this house resolves its names with; where the network names none, those of the owner stand in. */
  isOwn(watch: ServerWatch): boolean {
    const { role } = watch.asked.server;
    if (role === 'router' || role === 'system') return true;
    return role === 'configured' && !this.servers.some(({ asked }) => asked.server.role !== 'configured');
  }

  get ownServers(): ServerWatch[] {
    return this.servers.filter((watch) => this.isOwn(watch));
  }

  /** Anchors that have shown to be name servers. */
  get controls(): ServerWatch[] {
    return this.#controls.flatMap(({ watch, isNameServer }) => (isNameServer ? [watch] : []));
  }

  has(watch: ServerWatch): boolean {
    return this.servers.includes(watch) || this.#controls.some((control) => control.watch === watch);
  }

  hurry(forMs: number, nowMonoMs: number): void {
    const untilMonoMs = nowMonoMs + Math.min(forMs, maxHurryMs);
    this.#hurriedUntilMonoMs = Math.max(this.#hurriedUntilMonoMs, untilMonoMs);
  }

  /** Something is suspected: what is measured now is not the usual. */
  isSuspicious(nowMonoMs: number): boolean {
    return nowMonoMs < this.#hurriedUntilMonoMs;
  }

  /** Whose turn it is. Anchors are asked only while a server of the line fails. */
  due(nowMonoMs: number, intervalMs: number): ServerWatch[] {
    const isHurried = this.isSuspicious(nowMonoMs) || nowMonoMs < this.#learningUntilMonoMs;
    const due = this.servers.filter((watch) => watch.isDue(nowMonoMs, intervalMs, isHurried));
    if (!this.ownServers.some((watch) => watch.isNewlyFailing(nowMonoMs))) return due;
    const controls = this.#askable(nowMonoMs).filter(({ watch, isNameServer }) =>
      watch.isDue(nowMonoMs, isNameServer ? controlPaceMs : tryPaceMs, isHurried && isNameServer),
    );
    return [...due, ...controls.map(({ watch }) => watch)];
  }

  /** Everybody who may have something to say. */
  everybody(nowMonoMs: number): ServerWatch[] {
    return [...this.servers, ...this.#askable(nowMonoMs).map(({ watch }) => watch)].filter(
      ({ hasRoom }) => hasRoom,
    );
  }

  /** Finds out from an outcome whether an anchor is a name server; false: its outcome says nothing (yet). */
  counts(watch: ServerWatch, outcome: NameOutcome, nowMonoMs: number): boolean {
    const control = this.#controls.find((each) => each.watch === watch);
    if (control === undefined) return true;
    if (isReply(outcome)) control.isNameServer = true;
    else if (outcome === 'unreachable' && !control.isNameServer)
      control.quietUntilMonoMs = nowMonoMs + quietMs;
    return control.isNameServer;
  }

  #askable(nowMonoMs: number): Control[] {
    return this.#controls.filter(({ quietUntilMonoMs }) => nowMonoMs >= quietUntilMonoMs);
  }
}

/** The same server, whatever its role. */
const keyOf = ({ server, question }: AskedServer) => JSON.stringify([server.id, question]);

/** Something that speaks DNS said this. */
function isReply(outcome: NameOutcome): boolean {
  return !['timeout', 'unreachable', 'tls', 'garbage', 'local'].includes(outcome);
}
