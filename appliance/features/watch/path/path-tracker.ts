import {
  agreement,
  fingerprintOf,
  firstDifference,
  type HopAddresses,
  type KnownPath,
  learn,
} from './known-path.ts';

/** Paths to one target that are remembered; the one not used for the longest time goes first. */
const maxKnown = 16;

/** What a trace says about the path to its target. */
export interface Followed {
  /** The path it belongs to; null when it fits none that is known to the end. */
  path: KnownPath | null;
  fingerprint: string;
  /** It led another way than the path in force: worth a second look. */
  isDoubtful: boolean;
  /** The path in force is another one since this trace, which confirmed the one before it. */
  change: { before: KnownPath; after: KnownPath; firstDifferentTtl: number } | null;
}

/** Follows the path to one target. Another path is believed when two traces in a row have walked it. */
export class PathTracker {
  /** Most recently used last. */
  readonly #known: KnownPath[];
  #current: KnownPath | null;
  #candidate: HopAddresses | null = null;

  constructor(known: readonly KnownPath[] = [], current: KnownPath | null = null) {
    this.#known = known.slice(-maxKnown);
    this.#current = current;
  }

  /** The path in force; null until a trace has reached the target. */
  get current(): KnownPath | null {
    return this.#current;
  }

  follow(seen: HopAddresses, isReached: boolean): Followed {
    const plain = { isDoubtful: false, change: null };
    if (!isReached) {
      const path = seen.length === 0 ? null : this.#fitting(seen, false);
      return { ...plain, path, fingerprint: path?.fingerprint ?? fingerprintOf(seen) };
    }
    const current = this.#current;
    if (!current || firstDifference(current.hops, seen, true) === null) {
      this.#candidate = null;
      const path = this.#adopt(seen);
      return { ...plain, path, fingerprint: path.fingerprint };
    }
    const candidate = this.#candidate;
    if (!candidate || firstDifference(candidate, seen, true) !== null) {
      this.#candidate = seen;
      const path = this.#fitting(seen, true);
      return {
        path,
        fingerprint: path?.fingerprint ?? fingerprintOf(seen),
        isDoubtful: true,
        change: null,
      };
    }
    this.#candidate = null;
    this.#current = null;
    const firstDifferentTtl = firstDifference(current.hops, seen, true) ?? 1;
    const after = this.#adopt(candidate);
    learn(after, seen);
    return {
      path: after,
      fingerprint: after.fingerprint,
      isDoubtful: false,
      change: { before: current, after, firstDifferentTtl },
    };
  }

  /** Puts the path that fits in force, or a new one. */
  #adopt(seen: HopAddresses): KnownPath {
    const path = this.#fitting(seen, true) ?? {
      fingerprint: fingerprintOf(seen),
      hops: seen.map((addresses) => [...addresses]),
    };
    learn(path, seen);
    const place = this.#known.indexOf(path);
    if (place >= 0) this.#known.splice(place, 1);
    this.#known.push(path);
    if (this.#known.length > maxKnown) this.#known.shift();
    this.#current = path;
    return path;
  }

  #fitting(seen: HopAddresses, isReached: boolean): KnownPath | null {
    const current = this.#current;
    if (current && firstDifference(current.hops, seen, isReached) === null) return current;
    const found = this.#known.filter(({ hops }) => firstDifference(hops, seen, isReached) === null);
    return found.sort((a, b) => agreement(b.hops, seen) - agreement(a.hops, seen))[0] ?? null;
  }
}
