import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Neighbour } from '../../../core/network.ts';
import { type Device, DeviceMemory } from './devices.ts';
import { addressesToAsk, type HomeNetwork, isOfNetwork } from './subnet.ts';
import { type Asker, answersAlways, sweep } from './sweep.ts';

export const witnessesPerLine = 2;
export const witnessIntervalMs = 5000;
/** A witness that is silent for so long while the line answers loses its place: phones sleep. */
const patienceMs = 60_000;
/** The line answered around that moment: what was sent to others within this of it, and one interval, came back. */
const proofSlackMs = 1000;

/** Devices that talk to us already are tried first, and the whole network is looked at when the start is over. */
const firstTryMs = 2000;
const firstSweepMs = 10_000;
const tryAgainMs = 5 * 60_000;
const sweepEveryMs = 3_600_000;
/** After the loss of a witness another sweep may come sooner, but never sooner than this. */
const sweepPauseMs = 15 * 60_000;
/** Devices tried in one go before the network is looked at. */
const maxTries = 16;

/** What surrounds a line's interface now. */
export interface Surroundings {
  interfaceName: string | null;
  /** Set where probes of the line must leave by its interface. */
  bindTo: string | null;
  hasCarrier: boolean;
  network: HomeNetwork | null;
  /** No witnesses: ourselves, the gateway, what is probed anyway. */
  addresses: ReadonlySet<string>;
  gatewayMacs: ReadonlySet<string>;
}

export interface WitnessKeeperOptions {
  line: string;
  context: Pick<FeatureContext, 'store' | 'clock' | 'log' | 'timeline' | 'engine' | 'net' | 'config'>;
  surroundings(): Surroundings;
  /** The witnesses are others now. */
  onChange(): void;
}

interface Witness {
  device: Device;
  /** Exchanges lost in a row while the line answered. */
  silences: number;
}

/**
 * Finds up to two other devices of the house that answer pings at any time, and keeps them while they do. When gateway
 * and witnesses are silent together, it is the network and not the gateway.
 */
export class WitnessKeeper {
  readonly #options: WitnessKeeperOptions;
  readonly #memory: DeviceMemory;
  readonly #places: (Witness | null)[] = Array.from({ length: witnessesPerLine }, () => null);
  readonly #stopping = new AbortController();
  #undo: (() => void)[] = [];
  #cancelSweep: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();
  #network = '';
  #sweptMonoMs = Number.NEGATIVE_INFINITY;
  #provenMonoMs = Number.NEGATIVE_INFINITY;

  constructor(options: WitnessKeeperOptions) {
    this.#options = options;
    this.#memory = new DeviceMemory(options.line, options.context);
  }

  start(): void {
    const { clock } = this.#options.context;
    this.#network = networkKey(this.#options.surroundings());
    this.#do(() => this.#memory.load());
    this.#undo = [
      clock.after(firstTryMs, () => this.#look(false)),
      clock.every(tryAgainMs, () => this.#look(false)),
      clock.every(sweepEveryMs, () => this.#review()),
    ];
    this.#sweepSoon();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelSweep();
    for (const undo of this.#undo.splice(0)) undo();
    await this.#work;
  }

  /** The device in each place. */
  witnesses(): (Device | null)[] {
    return this.#places.map((witness) => witness?.device ?? null);
  }

  /** The link may be another one: who no longer belongs here goes, and in another network others are looked for. */
  follow(): void {
    const here = this.#options.surroundings();
    if (here.network === null) return; // no address: that may be the outage itself
    for (const [index, witness] of this.#places.entries())
      if (witness && !isAllowed(witness.device, here)) this.#leave(index);
    const key = networkKey(here);
    if (key === this.#network) return;
    this.#network = key;
    this.#sweepSoon();
  }

  /** Something else on this line answered what was sent then. */
  prove(sentMonoMs: number): void {
    if (sentMonoMs > this.#provenMonoMs) this.#provenMonoMs = sentMonoMs;
  }

  /** The witness in this place answered, or not. While nothing else answers either, its silence says nothing of it. */
  hear(index: number, sentMonoMs: number, hasAnswered: boolean): void {
    const witness = this.#places[index];
    if (!witness) return;
    if (hasAnswered) witness.silences = 0;
    else if (this.#isProven(sentMonoMs)) witness.silences += 1;
    if (witness.silences * witnessIntervalMs < patienceMs) return;
    this.#options.context.log.info(
      { line: this.#options.line, device: witness.device.address },
      'a device of the house fell silent and is no witness any more',
    );
    this.#memory.judge(witness.device.mac, false);
    this.#leave(index);
    this.#look(true);
  }

  /** At the start and in another network the last sweep does not count. */
  #sweepSoon(): void {
    this.#sweptMonoMs = Number.NEGATIVE_INFINITY;
    this.#cancelSweep();
    this.#cancelSweep = this.#options.context.clock.after(firstSweepMs, () => this.#look(true));
  }

  #leave(index: number): void {
    this.#places[index] = null;
    this.#options.onChange();
  }

  /** One thing after the other; none of them may end the service. */
  #do(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      const { line, context } = this.#options;
      context.log.warn({ line, reason: messageOf(error) }, 'the search for devices of the house failed');
    });
  }

  #look(maySweep: boolean): void {
    this.#do(async () => {
      if (this.#isFull() || this.#stopping.signal.aborted) return;
      const here = this.#options.surroundings();
      if (here.network === null || !here.hasCarrier) return;
      await this.#tryKnown(here);
      const { config, clock } = this.#options.context;
      const isDue = clock.monoMs() - this.#sweptMonoMs >= sweepPauseMs;
      if (maySweep && isDue && config.current.link.findDevices && !this.#isFull())
        await this.#sweep(here, here.network);
    });
  }

  /** Those who held their place for another hour are worth more, and an empty place is reason to look around. */
  #review(): void {
    for (const witness of this.#places)
      if (witness?.silences === 0) this.#memory.judge(witness.device.mac, true);
    this.#look(true);
    this.#do(() => this.#memory.save());
  }

  async #tryKnown(here: Surroundings): Promise<void> {
    for (const { address, mac, state } of await this.#neighbours(here)) {
      if (mac === null || state === 'failed' || !isAllowed({ mac, address }, here)) continue;
      this.#memory.meet(mac, address, this.#options.context.timeline.nowMs());
    }
    const isHeld = (mac: string) => this.#places.some((witness) => witness?.device.mac === mac);
    const known = this.#memory.ranked().filter((device) => isAllowed(device, here) && !isHeld(device.mac));
    for (const { address, mac } of known.slice(0, maxTries)) {
      if (this.#isFull()) return;
      const isReliable = await this.#try(address, here);
      if (!isReliable && this.#isProven(this.#options.context.clock.monoMs())) this.#memory.judge(mac, false);
    }
  }

  async #sweep(here: Surroundings, network: HomeNetwork): Promise<void> {
    const { signal } = this.#stopping;
    this.#sweptMonoMs = this.#options.context.clock.monoMs();
    const known = new Set(this.#places.map((witness) => witness?.device.address));
    const addresses = addressesToAsk(network).filter(
      (address) => !here.addresses.has(address) && !known.has(address),
    );
    const answered: string[] = [];
    // The first that answer take the places at once: an outage does not wait for the end of the sweep.
    let trying: Promise<void> = Promise.resolve();
    await sweep(this.#asker(here), addresses, signal, (address) => {
      answered.push(address);
      trying = trying.then(async () => {
        await this.#try(address, here);
      });
      trying.catch(() => undefined); // awaited below
    });
    await trying;
    for (const { address, mac } of await this.#neighbours(here))
      if (mac !== null && answered.includes(address) && isAllowed({ mac, address }, here))
        this.#memory.meet(mac, address, this.#options.context.timeline.nowMs());
    this.#options.context.log.debug(
      { line: this.#options.line, asked: addresses.length, answered: answered.length },
      'the home network was looked at',
    );
  }

  /** Gives a device a free place when it is on the link itself; false when it does not answer every time. */
  async #try(address: string, here: Surroundings): Promise<boolean> {
    if (this.#isFull()) return true;
    if (!(await answersAlways(this.#asker(here), address, this.#stopping.signal))) return false;
    const entry = (await this.#neighbours(here)).find((known) => known.address === address);
    const mac = entry?.mac ?? null;
    // What answers without a hardware address is behind a router, what has the gateway's is the gateway.
    if (mac === null || !isAllowed({ mac, address }, here)) return true;
    const index = this.#places.indexOf(null);
    if (index < 0 || this.#places.some((witness) => witness?.device.mac === mac)) return true;
    const device = this.#memory.meet(mac, address, this.#options.context.timeline.nowMs());
    this.#places[index] = { device, silences: 0 };
    this.#options.onChange();
    await this.#memory.save(device);
    return true;
  }

  /** Whether the line answered around that moment; while it does not, no silence is held against a device. */
  #isProven(aroundMonoMs: number): boolean {
    const { intervalMs } = this.#options.context.config.current.probing;
    return this.#provenMonoMs >= aroundMonoMs - proofSlackMs - Math.max(1000, intervalMs);
  }

  #isFull(): boolean {
    return !this.#places.includes(null);
  }

  #asker({ bindTo }: Surroundings): Asker {
    const { engine, clock } = this.#options.context;
    return { engine, clock, interfaceName: bindTo };
  }

  async #neighbours({ interfaceName }: Surroundings): Promise<Neighbour[]> {
    const all = await this.#options.context.net.neighbours();
    return all.filter((entry) => entry.family === 'ipv4' && entry.interfaceName === interfaceName);
  }
}

function isAllowed({ mac, address }: Pick<Device, 'mac' | 'address'>, here: Surroundings): boolean {
  return (
    here.network !== null &&
    isOfNetwork(here.network, address) &&
    !here.addresses.has(address) &&
    !here.gatewayMacs.has(mac)
  );
}

function networkKey({ interfaceName, network }: Surroundings): string {
  return network === null ? '' : `${interfaceName} ${network.first} ${network.last}`;
}
