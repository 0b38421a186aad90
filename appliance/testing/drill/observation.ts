import type { Outage, OutageList } from '../../features/judge/outage/schema.ts';

/** When something was done: it took effect in between. CLOCK_REALTIME ms, like all times here. */
export interface Moment {
  fromMs: number;
  toMs: number;
}

/** A `chg` line of linksim: a setting, a mark, a link that flaps. */
export interface Change {
  atMs: number;
  /** `*`, a link (`access`) or one direction of it (`access.ab`). */
  who: string;
  /** The command as it was given, or `flap down`. */
  text: string;
}

/** A record as the API showed it, the first time it looked like that. */
export interface Sighting {
  atMs: number;
  id: number;
  kind: Outage['kind'];
  verdict: Outage['verdict'];
  confidence: number;
}

/** Everything that was seen of one run of one case; what follows from it is judged elsewhere. */
export interface Observation {
  /** From here on nothing was wrong. */
  calmFromMs: number;
  /** One for each deed of the case. */
  deeds: Moment[];
  cleared: Moment;
  changes: Change[];
  /** GET /api/outages from the calm on, at the end. */
  answer: Pick<OutageList, 'outages' | 'busy' | 'gaps'>;
  sightings: Sighting[];
}
