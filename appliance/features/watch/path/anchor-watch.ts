import type { Family } from '../../../core/shapes.ts';
import type { LatencyPort, TargetExchange } from '../latency/schema.ts';

/** Losses in a row that make an anchor silent. */
const silentAfter = 2;

interface Watched {
  group: string;
  lostInRow: number;
  hasAnswered: boolean;
}

/** Tells when all anchors of a line and family fall silent, and when the first of them answers again. */
export class AnchorWatch {
  readonly #latency: Pick<LatencyPort, 'targets'>;
  readonly #onTurn: (line: string, family: Family, isSilent: boolean) => void;
  readonly #watched = new Map<string, Watched>();
  readonly #groups = new Map<string, { line: string; family: Family; isSilent: boolean }>();

  constructor(
    latency: Pick<LatencyPort, 'targets'>,
    onTurn: (line: string, family: Family, isSilent: boolean) => void,
  ) {
    this.#latency = latency;
    this.#onTurn = onTurn;
  }

  /** The targets are others now. */
  refresh(): void {
    const anchors = this.#latency.targets().filter(({ segment }) => segment === 'anchor');
    const ids = new Set(anchors.map(({ id }) => id));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
    for (const { id, line, family } of anchors) {
      const group = `${line} ${family}`;
      if (!this.#groups.has(group)) this.#groups.set(group, { line, family, isSilent: false });
      if (!this.#watched.has(id)) this.#watched.set(id, { group, lostInRow: 0, hasAnswered: false });
    }
  }

  take(exchanges: readonly TargetExchange[]): void {
    for (const { target, outcome } of exchanges) {
      const watched = this.#watched.get(target);
      if (!watched) continue;
      if (outcome === 'ok') {
        watched.hasAnswered = true;
        watched.lostInRow = 0;
      } else watched.lostInRow += 1;
      const isTurn =
        outcome === 'ok' ? this.#groups.get(watched.group)?.isSilent : watched.lostInRow === silentAfter;
      if (isTurn) this.#judge(watched.group);
    }
  }

  #judge(name: string): void {
    const group = this.#groups.get(name);
    // Anchors that never answered here say nothing.
    const members = [...this.#watched.values()].filter((each) => each.group === name && each.hasAnswered);
    if (!group || members.length === 0) return;
    const isSilent = members.every(({ lostInRow }) => lostInRow >= silentAfter);
    if (isSilent === group.isSilent) return;
    group.isSilent = isSilent;
    this.#onTurn(group.line, group.family, isSilent);
  }
}
