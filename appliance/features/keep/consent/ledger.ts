import type { CallCount, GuardedClient } from '../../../core/calling.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Migration, StateStore } from '../../../core/storing.ts';
import type { Timeline } from '../../../core/timeline.ts';
import { isSwitched } from './config.ts';

/** Two years, one row for each service and month. */
const keptMonths = 24;

export const ledgerMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'consent-001-contacts',
    sql: `create table outside_contacts (
      service text not null,
      month text not null,
      contacts integer not null,
      sent_bytes integer not null,
      received_bytes integer not null,
      last_at_ms integer not null,
      primary key (service, month)
    ) strict, without rowid;`,
  },
];

export type Traffic = Omit<CallCount, 'lastMonoMs'>;

/** What the calls to one service came to. */
export interface ServiceTraffic {
  thisMonth: Traffic;
  total: Traffic;
  /** The first month that is kept; null when there is none. */
  since: string | null;
  lastAtMs: number | null;
}

interface Row extends Traffic {
  month: string;
  lastAtMs: number;
}

interface Pending {
  service: string;
  traffic: Traffic;
  lastAtMs: number;
}

export interface LedgerParts {
  calls: GuardedClient;
  state: StateStore;
  timeline: Timeline;
  log: Log;
}

const nothing: Traffic = { contacts: 0, sentBytes: 0, receivedBytes: 0 };

/** How often and with how many bytes each service was contacted, over months; in memory between two calls of `save`. */
export class CallLedger {
  readonly #parts: LedgerParts;
  readonly #rows = new Map<string, Row[]>();
  /** What of this process's counts is in the rows. */
  readonly #saved = new Map<string, Traffic>();
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  get month(): string {
    return monthOf(this.#parts.timeline.nowMs());
  }

  async load(): Promise<void> {
    const found = await this.#parts.state.all<{
      service: string;
      month: string;
      contacts: number;
      sent_bytes: number;
      received_bytes: number;
      last_at_ms: number;
    }>(
      'select service, month, contacts, sent_bytes, received_bytes, last_at_ms from outside_contacts order by month',
    );
    for (const { service, month, contacts, sent_bytes, received_bytes, last_at_ms } of found) {
      const row = { month, contacts, sentBytes: sent_bytes, receivedBytes: received_bytes };
      this.#rows.set(service, [...(this.#rows.get(service) ?? []), { ...row, lastAtMs: last_at_ms }]);
    }
  }

  of(service: string): ServiceTraffic {
    const rows = this.#rows.get(service) ?? [];
    const pending = this.#pendingOf(service);
    const fresh = pending?.traffic ?? nothing;
    const current = rows.find(({ month }) => month === this.month) ?? nothing;
    return {
      thisMonth: plus(current, fresh),
      total: rows.reduce((sum, row) => plus(sum, row), fresh),
      since: rows[0]?.month ?? (pending ? this.month : null),
      lastAtMs: pending?.lastAtMs ?? rows.at(-1)?.lastAtMs ?? null,
    };
  }

  /** Writes what is new, in one transaction; nothing when nobody was contacted. Told in the log when it fails. */
  save(): void {
    this.#saving = this.#saving
      .then(() => this.#write())
      .catch((error: unknown) => {
        const reason = messageOf(error);
        this.#parts.log.warn({ reason }, 'the contacts to outside services could not be stored');
      });
  }

  /** Waits for what is being written. */
  settle(): Promise<void> {
    return this.#saving;
  }

  async #write(): Promise<void> {
    const { calls, state, timeline } = this.#parts;
    // A month that is not known yet cannot be written down; the counts wait in memory.
    if (!timeline.anchor.isKnown) return;
    const pending = calls.services.filter(isSwitched).flatMap(({ id }) => this.#pendingOf(id) ?? []);
    if (pending.length === 0) return;
    await state.write([
      ...pending.map(({ service, traffic: { contacts, sentBytes, receivedBytes }, lastAtMs }) => ({
        sql: `insert into outside_contacts (service, month, contacts, sent_bytes, received_bytes, last_at_ms)
              values (?, ?, ?, ?, ?, ?) on conflict (service, month) do update set
              contacts = contacts + excluded.contacts,
              sent_bytes = sent_bytes + excluded.sent_bytes,
              received_bytes = received_bytes + excluded.received_bytes,
              last_at_ms = max(last_at_ms, excluded.last_at_ms)`,
        parameters: [service, monthOf(lastAtMs), contacts, sentBytes, receivedBytes, lastAtMs],
      })),
      { sql: 'delete from outside_contacts where month < ?', parameters: [this.#firstKeptMonth()] },
    ]);
    for (const each of pending) this.#keep(each);
  }

  #keep({ service, traffic, lastAtMs }: Pending): void {
    const month = monthOf(lastAtMs);
    const rows = (this.#rows.get(service) ?? []).filter((row) => row.month >= this.#firstKeptMonth());
    const before = rows.find((row) => row.month === month) ?? nothing;
    const others = rows.filter((row) => row.month !== month);
    const row = { month, ...plus(before, traffic), lastAtMs };
    this.#rows.set(
      service,
      [...others, row].sort((a, b) => a.month.localeCompare(b.month)),
    );
    this.#saved.set(service, plus(this.#saved.get(service) ?? nothing, traffic));
  }

  #pendingOf(service: string): Pending | null {
    const { lastMonoMs, ...counted } = this.#parts.calls.count(service);
    const traffic = minus(counted, this.#saved.get(service) ?? nothing);
    if (traffic.contacts === 0 || lastMonoMs === null) return null;
    return { service, traffic, lastAtMs: Math.round(this.#parts.timeline.wallMs(lastMonoMs)) };
  }

  #firstKeptMonth(): string {
    const now = new Date(this.#parts.timeline.nowMs());
    return monthOf(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - keptMonths + 1));
  }
}

const plus = (a: Traffic, b: Traffic): Traffic => ({
  contacts: a.contacts + b.contacts,
  sentBytes: a.sentBytes + b.sentBytes,
  receivedBytes: a.receivedBytes + b.receivedBytes,
});

const minus = (a: Traffic, b: Traffic): Traffic => ({
  contacts: a.contacts - b.contacts,
  sentBytes: a.sentBytes - b.sentBytes,
  receivedBytes: a.receivedBytes - b.receivedBytes,
});

/** '2026-11', UTC. */
const monthOf = (epochMs: number) => new Date(epochMs).toISOString().slice(0, 7);
