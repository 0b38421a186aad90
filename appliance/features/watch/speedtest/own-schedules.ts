import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Family } from '../../../core/shapes.ts';
import type { Migration, SqlValue, StateStore } from '../../../core/storing.ts';
import { checkCron, nextOccurrence, runsPerDay, type Timetable } from './occurrence.ts';
import type { SpeedSchedule, SpeedScheduleInput } from './schema.ts';

const maxSchedules = 5;
/** A time that passed while the box was off, or while another test ran, is caught up within this. */
const graceMs = 30 * 60_000;
/** A last run further in the future than this is of a clock that was wrong. */
const clockSlackMs = 24 * 3_600_000;

export const scheduleMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'speedtest-003-schedules',
    sql: `create table speed_schedules (
      id integer primary key,
      label text not null,
      line text,
      family text,
      times text not null,
      days text not null,
      cron text,
      burst_count integer not null,
      is_enabled integer not null,
      last_run_ms integer
    ) strict;`,
  },
];

interface OwnSchedule extends Timetable {
  id: number;
  label: string;
  line: string | null;
  family: Family | null;
  burstCount: number;
  isEnabled: boolean;
  lastRunMs: number | null;
}

interface Row {
  id: number;
  label: string;
  line: string | null;
  family: Family | null;
  times: string;
  days: string;
  cron: string | null;
  burst_count: number;
  is_enabled: number;
  last_run_ms: number | null;
}

export interface DueSchedule {
  id: string;
  line: string | null;
  family: Family | null;
  burstCount: number;
}

/** Times of the owner's own, in state.db and in memory. */
export class OwnSchedules {
  readonly #state: StateStore;
  /** In the order in which they were made; at most `maxSchedules`. */
  #schedules: OwnSchedule[] = [];

  constructor(state: StateStore) {
    this.#state = state;
  }

  async load(): Promise<void> {
    const rows = await this.#state.all<Row>('select * from speed_schedules order by id');
    this.#schedules = rows.map(({ times, days, burst_count, is_enabled, last_run_ms, ...row }) => ({
      ...row,
      times: JSON.parse(times) as string[], // written below from the same type
      days: JSON.parse(days) as number[], // same
      burstCount: burst_count,
      isEnabled: is_enabled === 1,
      lastRunMs: last_run_ms,
    }));
  }

  list(nowMs: number, timezone: string): SpeedSchedule[] {
    return this.#schedules.map((schedule) => viewOf(schedule, nowMs, timezone));
  }

  /** Tests a day by all that are switched on, for one line. */
  testsPerDay(line: string, nowMs: number, timezone: string): number {
    return this.#schedules
      .filter((one) => one.isEnabled && (one.line === null || one.line === line))
      .reduce((sum, one) => sum + one.burstCount * runsPerDay(one, nowMs, timezone), 0);
  }

  async add(input: SpeedScheduleInput): Promise<string> {
    if (this.#schedules.length >= maxSchedules)
      throw new AppError('SCHEDULES_FULL', `There are ${maxSchedules} schedules already; remove one first.`, {
        status: 409,
      });
    const schedule = scheduleOf(input);
    const [inserted] = await this.#state.write([
      {
        sql: `insert into speed_schedules (label, line, family, times, days, cron, burst_count, is_enabled)
              values (?, ?, ?, ?, ?, ?, ?, ?)`,
        parameters: parametersOf(schedule),
      },
    ]);
    const id = inserted?.lastId ?? 0;
    this.#schedules.push({ ...schedule, id, lastRunMs: null });
    return String(id);
  }

  async change(id: string, input: SpeedScheduleInput): Promise<void> {
    const before = this.#find(id);
    const schedule = scheduleOf(input);
    await this.#state.write([
      {
        sql: `update speed_schedules set label = ?, line = ?, family = ?, times = ?, days = ?, cron = ?,
                burst_count = ?, is_enabled = ? where id = ?`,
        parameters: [...parametersOf(schedule), before.id],
      },
    ]);
    const changed = { ...schedule, id: before.id, lastRunMs: before.lastRunMs };
    this.#schedules = this.#schedules.map((one) => (one.id === before.id ? changed : one));
  }

  async remove(id: string): Promise<void> {
    const { id: found } = this.#find(id);
    await this.#state.write([{ sql: 'delete from speed_schedules where id = ?', parameters: [found] }]);
    this.#schedules = this.#schedules.filter((one) => one.id !== found);
  }

  /**
   * Those whose time came in (`fromMs`, `nowMs`], or shortly before. Remembered as run: neither a restart nor a clock that
   * is set back starts the same time twice.
   */
  async takeDue(fromMs: number, nowMs: number, timezone: string): Promise<DueSchedule[]> {
    const due = this.#schedules.filter((schedule) => isDue(schedule, fromMs, nowMs, timezone));
    if (due.length === 0) return [];
    await this.#state.write(
      due.map(({ id }) => ({
        sql: 'update speed_schedules set last_run_ms = ? where id = ?',
        parameters: [Math.round(nowMs), id],
      })),
    );
    for (const schedule of due) schedule.lastRunMs = nowMs;
    return due.map(({ id, line, family, burstCount }) => ({ id: String(id), line, family, burstCount }));
  }

  #find(id: string): OwnSchedule {
    const found = this.#schedules.find((one) => String(one.id) === id);
    if (found) return found;
    throw new AppError('SCHEDULE_UNKNOWN', `There is no schedule ${id}.`, { status: 404 });
  }
}

function isDue(schedule: OwnSchedule, fromMs: number, nowMs: number, timezone: string): boolean {
  if (!schedule.isEnabled) return false;
  const { lastRunMs } = schedule;
  const ranMs = lastRunMs === null || lastRunMs > nowMs + clockSlackMs ? Number.NEGATIVE_INFINITY : lastRunMs;
  const next = nextOccurrence(schedule, Math.max(fromMs, nowMs - graceMs, ranMs), timezone);
  return next !== null && next <= nowMs;
}

function viewOf(schedule: OwnSchedule, nowMs: number, timezone: string): SpeedSchedule {
  const { id, label, line, family, times, days, cron, burstCount, isEnabled, lastRunMs } = schedule;
  const nextMs = isEnabled ? nextOccurrence(schedule, nowMs, timezone) : null;
  return {
    id: String(id),
    label,
    line,
    family,
    times: [...times],
    days: [...days],
    cron,
    burstCount,
    isEnabled,
    lastRunAt: lastRunMs === null ? null : toIso(lastRunMs),
    nextAt: nextMs === null ? null : toIso(nextMs),
  };
}

function scheduleOf(input: SpeedScheduleInput): Omit<OwnSchedule, 'id' | 'lastRunMs'> {
  const { label, line, family, days, cron, burstCount, isEnabled, hours = [] } = input;
  const onTheHour = hours.map((hour) => `${String(hour).padStart(2, '0')}:00`);
  const times = [...new Set([...input.times, ...onTheHour])].sort();
  if (cron !== null) checkCron(cron);
  else if (times.length === 0 || days.length === 0)
    throw new AppError('SCHEDULE_INVALID', 'A schedule needs times and days, or a cron line.', {
      status: 400,
    });
  return { label, line, family, times, days: [...new Set(days)].sort(), cron, burstCount, isEnabled };
}

function parametersOf(schedule: Omit<OwnSchedule, 'id' | 'lastRunMs'>): SqlValue[] {
  const { label, line, family, times, days, cron, burstCount, isEnabled } = schedule;
  return [
    ...[label, line, family, JSON.stringify(times), JSON.stringify(days), cron, burstCount],
    isEnabled ? 1 : 0,
  ];
}
