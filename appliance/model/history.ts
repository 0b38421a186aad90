import { hourMs, type SiteHours } from './site-hours.ts';

/**
 * One series as far as it is known, hour by hour; NaN is an hour without a measurement. Forecasts see nothing else, so
 * none can look ahead.
 */
export class History {
  readonly startMs: number;
  readonly #site: SiteHours;
  #values = new Float64Array(1024);
  #hours = new Uint8Array(1024);
  #days = new Uint8Array(1024);
  #length = 0;
  #recent = new Float64Array(64);

  /** `startMs` is the beginning of the first hour, epoch ms. */
  constructor(startMs: number, site: SiteHours) {
    this.startMs = startMs;
    this.#site = site;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    const atMs = this.startMs + this.#length * hourMs;
    this.#values[this.#length] = value;
    this.#hours[this.#length] = this.#site.hourOfDay(atMs);
    this.#days[this.#length] = this.#site.weekday(atMs);
    this.#length += 1;
  }

  /** NaN before the first hour and from the end on. */
  at(index: number): number {
    return index >= 0 && index < this.#length ? (this.#values[index] ?? Number.NaN) : Number.NaN;
  }

  /** Known of any hour, the future too: the calendar is no secret. */
  hourOfDay(index: number): number {
    const known = index >= 0 && index < this.#length ? this.#hours[index] : undefined;
    return known ?? this.#site.hourOfDay(this.startMs + index * hourMs);
  }

  weekday(index: number): number {
    const known = index >= 0 && index < this.#length ? this.#days[index] : undefined;
    return known ?? this.#site.weekday(this.startMs + index * hourMs);
  }

  /**
   * The measured values among the newest `hours`, oldest first; at most the newest `most` of them. They are the caller's
   * until the next call: a fresh array for each would leave hundreds of megabytes to collect.
   */
  recent(hours: number, most = hours): Float64Array {
    const oldest = Math.max(0, this.#length - hours);
    const room = Math.min(most, this.#length - oldest);
    if (this.#recent.length < room) this.#recent = new Float64Array(room);
    const found = this.#recent;
    let place = room;
    for (let at = this.#length - 1; at >= oldest && place > 0; at -= 1) {
      const value = this.#values[at] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      place -= 1;
      found[place] = value;
    }
    return found.subarray(place, room);
  }

  /** Index of the newest measured hour; -1 before the first. */
  get newest(): number {
    let at = this.#length - 1;
    while (at >= 0 && Number.isNaN(this.#values[at] ?? Number.NaN)) at -= 1;
    return at;
  }

  #grow(): void {
    const size = this.#values.length * 2;
    const grown = <Kind extends Float64Array | Uint8Array>(from: Kind, to: Kind): Kind => {
      to.set(from);
      return to;
    };
    this.#values = grown(this.#values, new Float64Array(size));
    this.#hours = grown(this.#hours, new Uint8Array(size));
    this.#days = grown(this.#days, new Uint8Array(size));
  }
}
