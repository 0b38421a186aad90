import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { GapList } from '../../../appliance/features/judge/gap/schema.ts';
import type { Incident, IncidentList } from '../../../appliance/features/judge/incident/schema.ts';
import type { OutageCalendar, OutageList } from '../../../appliance/features/judge/outage/schema.ts';
import { getJson, withQuery } from './api.ts';
import { appliance } from './appliance.ts';
import type { Range } from './range.ts';

export interface Book {
  list: OutageList;
  incidents: readonly Incident[];
}

/** More would be no list that anyone reads; the page says when there are more. */
export const mostIncidents = 500;
/** An uptime that ends now moves by itself. */
const refreshMs = 60_000;
const settleMs = 1000;

/** Fetches the outages of a range and the calendar, again after every event that changes them. */
export class OutagesLoader implements ReactiveController {
  book: Book | null = null;
  failure: string | null = null;
  calendar: OutageCalendar | null = null;
  calendarFailure: string | null = null;
  /** When watching began; null while unknown. */
  firstMs: number | null = null;
  isLoading = false;
  readonly #host: ReactiveControllerHost;
  readonly #range: () => Range;
  #days = 90;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #version = -1;
  #leave: (() => void) | null = null;

  /** `range` tells what the range is at the moment of asking: a live one moves. */
  constructor(host: ReactiveControllerHost, range: () => Range) {
    this.#host = host;
    this.#range = range;
    host.addController(this);
  }

  hostConnected(): void {
    this.#leave = appliance.on('troubles', () => {
      if (this.#version === appliance.troubles.version) return;
      this.#version = appliance.troubles.version;
      this.#plan(settleMs, true);
    });
  }

  hostDisconnected(): void {
    this.#leave?.();
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** A range or a length of the calendar that was not shown before. */
  async ask(days: number): Promise<void> {
    const isOtherCalendar = days !== this.#days || !this.calendar;
    this.#days = days;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.isLoading = true;
    this.#host.requestUpdate();
    await Promise.all([this.#loadBook(), isOtherCalendar ? this.#loadCalendar() : null]);
  }

  /** Asks once since when it has been watched. */
  async findFirst(): Promise<void> {
    const toMs = appliance.nowMs();
    const span = { from: new Date(toMs - 60_000).toISOString(), to: new Date(toMs).toISOString() };
    try {
      const { observed } = await getJson<GapList>(withQuery('/api/gaps', span));
      this.firstMs = observed.from === null ? null : Date.parse(observed.from);
    } catch (error) {
      console.info('outages: the beginning is not known', error); // the page is whole without it
    }
    this.#host.requestUpdate();
  }

  #plan(ms: number, withCalendar: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (document.hidden) this.#plan(refreshMs, true);
      else void Promise.all([this.#loadBook(), withCalendar ? this.#loadCalendar() : null]);
    }, ms);
  }

  async #loadBook(): Promise<void> {
    const { signal } = this.#abort;
    const { fromMs, toMs, isLive } = this.#range();
    const span = {
      from: new Date(fromMs).toISOString(),
      to: new Date(Math.max(fromMs + 1000, Math.min(toMs, appliance.nowMs()))).toISOString(),
    };
    try {
      const [list, { incidents }] = await Promise.all([
        getJson<OutageList>(withQuery('/api/outages', span), signal),
        getJson<IncidentList>(withQuery('/api/incidents', { ...span, limit: mostIncidents }), signal),
      ]);
      if (signal.aborted) return;
      this.book = { list, incidents };
      this.failure = null;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isLoading = false;
    if (isLive) this.#plan(refreshMs, false);
    this.#host.requestUpdate();
  }

  async #loadCalendar(): Promise<void> {
    const days = this.#days;
    try {
      const calendar = await getJson<OutageCalendar>(withQuery('/api/outages/calendar', { days }));
      if (days !== this.#days) return;
      this.calendar = calendar;
      this.calendarFailure = null;
    } catch (error) {
      this.calendarFailure = error instanceof Error ? error.message : String(error);
    }
    this.#host.requestUpdate();
  }
}
