import type {
  FoundTarget,
  LatencyPort,
  RecentWindow,
  Target,
  TargetExchange,
} from '../../features/watch/latency/schema.ts';

/** A target of the line `main`, as the latency feature lists it. */
export function fakeTarget(target: Partial<Target> & Pick<Target, 'id' | 'segment'>): Target {
  const address = target.address === undefined ? '203.0.113.10' : target.address;
  return {
    name: target.id,
    host: address ?? 'unknown.example',
    address,
    line: 'main',
    family: 'ipv4',
    method: 'icmp-raw',
    intervalMs: 1000,
    ...target,
  };
}

/** A latency feature that measures nothing: tests say what ended and how. */
export class FakeLatency implements LatencyPort {
  list: Target[];
  /** What `recent` answers, by target; nothing lost and 15 ms elsewhere. */
  readonly windows = new Map<string, Partial<RecentWindow>>();
  /** What features have found, by their names. */
  readonly found = new Map<string, readonly FoundTarget[]>();
  saves = 0;
  readonly #listeners = new Set<(exchanges: readonly TargetExchange[]) => void>();

  constructor(targets: Target[] = []) {
    this.list = targets;
  }

  targets(): readonly Target[] {
    return this.list;
  }

  onExchanges(listener: (exchanges: readonly TargetExchange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setFound(source: string, targets: readonly FoundTarget[]): void {
    this.found.set(source, targets);
  }

  link: LatencyPort['link'] = () => ({ at: '', lines: [] });

  recent(targetId: string): RecentWindow {
    return {
      count: 60,
      lost: 0,
      p50Us: 15_000,
      lastRttUs: 15_000,
      lostInRow: 0,
      lostSinceMonoMs: Number.NaN,
      lastSentMonoMs: 0,
      ...this.windows.get(targetId),
    };
  }

  async save(): Promise<void> {
    this.saves += 1;
  }

  tell(...exchanges: TargetExchange[]): void {
    for (const listener of this.#listeners) listener(exchanges);
  }

  answer(target: string, sentMonoMs: number, rttUs = 15_000): void {
    const endedMonoMs = sentMonoMs + rttUs / 1000;
    this.tell({ target, sentMonoMs, endedMonoMs, outcome: 'ok', rttUs, from: '' });
  }

  lose(target: string, sentMonoMs: number): void {
    const endedMonoMs = sentMonoMs + 1000;
    this.tell({ target, sentMonoMs, endedMonoMs, outcome: 'timeout', rttUs: Number.NaN, from: '' });
  }
}
