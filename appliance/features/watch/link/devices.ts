import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';

/** Devices remembered per line; those that answered worst go first. */
const maxDevices = 32;
/** Scores move every hour; on the card they may be a day old. */
const saveEveryMs = 24 * 3_600_000;
/** How much one more experience counts. */
const learning = 0.2;

export const deviceMigration: Migration = {
  database: 'state',
  id: 'link-002-devices',
  sql: `create table lan_devices (
    line text not null,
    mac text not null,
    address text not null,
    score real not null,
    seen_at_ms integer not null,
    primary key (line, mac)
  ) strict, without rowid;`,
};

/** A device of the house; its hardware address stays when its address changes. */
export interface Device {
  mac: string;
  address: string;
  /** 0..1: how surely it answers. */
  score: number;
  seenAtMs: number;
}

/**
 * IEEE 802: a hardware address with the second-lowest bit of the first byte set was made up. Phones and tablets do that,
 * and they sleep.
 */
const isMadeUp = (mac: string) => (Number.parseInt(mac.slice(0, 2), 16) & 0x02) !== 0;
const firstScore = (mac: string) => (isMadeUp(mac) ? 0.4 : 0.5);

/** What is known of the devices on one line's network, and how well each has answered over the days. */
export class DeviceMemory {
  readonly #line: string;
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #devices = new Map<string, Device>();
  readonly #stored = new Set<string>();
  #isChanged = false;
  #savedMonoMs: number;

  constructor(line: string, { store, clock, log }: { store: { state: StateStore }; clock: Clock; log: Log }) {
    this.#line = line;
    this.#state = store.state;
    this.#clock = clock;
    this.#log = log;
    this.#savedMonoMs = clock.monoMs();
  }

  async load(): Promise<void> {
    const rows = await this.#state.all<{ mac: string; address: string; score: number; seen_at_ms: number }>(
      'select mac, address, score, seen_at_ms from lan_devices where line = ? order by score desc limit ?',
      [this.#line, maxDevices],
    );
    for (const { mac, address, score, seen_at_ms } of rows) {
      this.#devices.set(mac, { mac, address, score, seenAtMs: seen_at_ms });
      this.#stored.add(mac);
    }
  }

  /** Best first; of equals the one whose hardware address is its own. */
  ranked(): Device[] {
    return [...this.#devices.values()].sort(
      (a, b) => b.score - a.score || Number(isMadeUp(a.mac)) - Number(isMadeUp(b.mac)),
    );
  }

  /** A device was met at this address; without more, that says nothing of how surely it answers. */
  meet(mac: string, address: string, atMs: number): Device {
    const known = this.#devices.get(mac);
    const device = { mac, address, score: known?.score ?? firstScore(mac), seenAtMs: Math.round(atMs) };
    this.#devices.set(mac, device);
    if (known?.address !== address) this.#isChanged = true;
    if (this.#devices.size > maxDevices) {
      const worst = this.ranked().findLast((each) => each.mac !== mac);
      if (worst) this.#devices.delete(worst.mac);
    }
    return device;
  }

  /** It answered all the time, or it did not. */
  judge(mac: string, isGood: boolean): void {
    const device = this.#devices.get(mac);
    if (!device) return;
    const score = device.score + learning * ((isGood ? 1 : 0) - device.score);
    this.#devices.set(mac, { ...device, score });
    this.#isChanged = true;
  }

  /** Writes what changed: once a day, or when `news` is a device that the next start should know of. */
  async save(news?: Device): Promise<void> {
    const isDue = this.#clock.monoMs() - this.#savedMonoMs >= saveEveryMs;
    const isNew = news !== undefined && !this.#stored.has(news.mac);
    if (!this.#isChanged || !(isDue || isNew)) return;
    this.#savedMonoMs = this.#clock.monoMs();
    this.#isChanged = false;
    const devices = this.ranked();
    try {
      await this.#state.write([
        { sql: 'delete from lan_devices where line = ?', parameters: [this.#line] },
        ...devices.map(({ mac, address, score, seenAtMs }) => ({
          sql: 'insert into lan_devices (line, mac, address, score, seen_at_ms) values (?, ?, ?, ?, ?)',
          parameters: [this.#line, mac, address, Math.round(score * 1000) / 1000, seenAtMs],
        })),
      ]);
      this.#stored.clear();
      for (const { mac } of devices) this.#stored.add(mac);
    } catch (error) {
      this.#isChanged = true;
      this.#log.warn({ line: this.#line, reason: messageOf(error) }, 'the devices of the house are not kept');
    }
  }
}
