import type { FeatureContext } from '../../../core/feature.ts';
import type { FoundTarget, LatencyPort, TargetExchange } from '../latency/schema.ts';
import { type Surroundings, WitnessKeeper, witnessesPerLine, witnessIntervalMs } from './witness-keeper.ts';

/** "lan-1" on the line "main", "office.lan-1" on another, as the ids of all targets are made. */
function idOf(line: string, index: number): string {
  const slug = line
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
  return `${slug === 'main' ? '' : `${slug}.`}lan-${index + 1}`;
}

/** The witnesses of every line: other devices of the house, probed like all targets. */
export class Witnesses {
  readonly #context: FeatureContext;
  readonly #latency: LatencyPort;
  readonly #surroundingsOf: (line: string) => Surroundings;
  readonly #keepers = new Map<string, WitnessKeeper>();
  /** Which keeper hears of which target, and as whose place; null: a target that proves that the line answers. */
  readonly #listening = new Map<string, { keeper: WitnessKeeper; index: number | null }>();
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext, surroundingsOf: (line: string) => Surroundings) {
    this.#context = context;
    this.#latency = context.port('latency');
    this.#surroundingsOf = surroundingsOf;
  }

  start(): void {
    this.#undo = [
      this.#latency.onExchanges((exchanges) => this.#hear(exchanges)),
      this.#context.bus.on('target.changed', () => this.#listen()),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    const keepers = [...this.#keepers.values()];
    this.#keepers.clear();
    await Promise.all(keepers.map((keeper) => keeper.stop()));
  }

  /** The lines as they are now. */
  follow(lines: readonly string[]): void {
    for (const [line, keeper] of this.#keepers) {
      if (lines.includes(line)) continue;
      this.#keepers.delete(line);
      void keeper.stop();
    }
    for (const line of lines) {
      const known = this.#keepers.get(line);
      if (known) known.follow();
      else this.#add(line);
    }
    this.#publish();
  }

  #add(line: string): void {
    const keeper = new WitnessKeeper({
      line,
      context: this.#context,
      surroundings: () => this.#surroundingsOf(line),
      onChange: () => this.#publish(),
    });
    this.#keepers.set(line, keeper);
    keeper.start();
  }

  #publish(): void {
    const found = [...this.#keepers].flatMap(([line, keeper]) =>
      keeper.witnesses().flatMap((device, index): FoundTarget[] =>
        device === null
          ? []
          : [
              {
                id: idOf(line, index),
                name: `Device ${device.address}`,
                line,
                family: 'ipv4',
                segment: 'lan',
                address: device.address,
                intervalMs: witnessIntervalMs,
              },
            ],
      ),
    );
    this.#latency.setFound('link', found);
    this.#listen();
  }

  #listen(): void {
    this.#listening.clear();
    for (const { id, line, segment } of this.#latency.targets()) {
      const keeper = this.#keepers.get(line);
      if (!keeper) continue;
      const index = Array.from({ length: witnessesPerLine }, (_, i) => idOf(line, i)).indexOf(id);
      if (index >= 0) this.#listening.set(id, { keeper, index });
      else if (segment !== 'lan') this.#listening.set(id, { keeper, index: null });
    }
  }

  #hear(exchanges: readonly TargetExchange[]): void {
    for (const { target, sentMonoMs, outcome } of exchanges) {
      const listening = this.#listening.get(target);
      if (!listening) continue;
      const hasAnswered = outcome === 'ok';
      if (listening.index !== null) listening.keeper.hear(listening.index, sentMonoMs, hasAnswered);
      else if (hasAnswered) listening.keeper.prove(sentMonoMs);
    }
  }
}
