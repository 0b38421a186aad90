/** Builds the disk that a power cut leaves at any moment of a recording, and opens it with the real store. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomOf } from '../../store/simulated-line.ts';
import { Storage } from '../../store/storage.ts';
import { acknowledged, beginMs, drillMigrations, monoMs, retention, samplesPerMinute } from './scenario.ts';

const files = ['state.db', 'state.db-wal', 'measurements.db', 'measurements.db-wal'] as const;
const operation = { write: 1, sync: 2, truncate: 3, acknowledge: 9 } as const;
const headBytes = 24;
/** What a disk writes as a whole. */
const sectorBytes = 512;

interface Step {
  operation: number;
  file: number;
  offset: number;
  bytes: Buffer;
}

export interface Verdict {
  points: number;
  /** Could not be opened as it was, failed the integrity check, or held half a transaction. */
  corrupt: number;
  /** Points after which something acknowledged was missing. */
  lost: number;
  examples: string[];
}

export function parseLog(log: Buffer): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at + headBytes <= log.length; ) {
    const step: Step = {
      operation: log.readUInt32LE(at),
      file: log.readUInt32LE(at + 4),
      offset: Number(log.readBigUInt64LE(at + 8)),
      bytes: Buffer.alloc(0),
    };
    const length = step.operation === operation.write ? Number(log.readBigUInt64LE(at + 16)) : 0;
    at += headBytes;
    step.bytes = log.subarray(at, at + length);
    at += length;
    steps.push(step);
  }
  return steps;
}

/** A file that grows; `bytes` is what is on the disk for sure. */
class DiskFile {
  #room: Buffer = Buffer.alloc(1 << 16);
  length = 0;

  copy(): DiskFile {
    const twin = new DiskFile();
    twin.write(0, this.#room.subarray(0, this.length));
    return twin;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.length);
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#room.length) {
      const larger = Buffer.alloc(Math.max(end, this.#room.length * 2));
      this.#room.copy(larger);
      this.#room = larger;
    }
    if (offset > this.length) this.#room.fill(0, this.length, offset);
    this.#room.set(bytes, offset);
    this.length = Math.max(this.length, end);
  }

  truncate(length: number): void {
    this.length = Math.min(this.length, length);
  }
}

/** What was not yet synced arrives whole, not at all, or torn by sectors, some of them garbage; in any order. */
function settle(file: DiskFile, step: Step, random: () => number): void {
  if (step.operation === operation.truncate) {
    if (random() < 0.5) file.truncate(step.offset);
    return;
  }
  const fate = random();
  if (fate < 0.35) file.write(step.offset, step.bytes);
  if (fate < 0.65) return;
  for (let at = 0; at < step.bytes.length; at += sectorBytes) {
    const sector = step.bytes.subarray(at, at + sectorBytes);
    const sectorFate = random();
    if (sectorFate < 0.5) file.write(step.offset + at, sector);
    else if (sectorFate < 0.6)
      file.write(
        step.offset + at,
        Buffer.from(sector).map(() => random() * 256),
      );
  }
}

interface Promised {
  stateRows: number;
  minutes: number;
}

/** Replays `points` cuts at random moments after the first acknowledgement. */
export function replay(steps: readonly Step[], folder: string, points: number, seed: number): Verdict {
  const random = randomOf(seed);
  const first = steps.findIndex((step) => step.operation === operation.acknowledge);
  const cuts = Array.from(
    { length: points },
    () => first + 1 + Math.floor(random() * (steps.length - first)),
  ).sort((a, b) => a - b);
  const disk = files.map(() => new DiskFile());
  let pending: Step[] = [];
  const promised: Promised = { stateRows: 0, minutes: 0 };
  const verdict: Verdict = { points: 0, corrupt: 0, lost: 0, examples: [] };
  let position = 0;
  for (const cut of cuts) {
    for (; position < Math.min(cut, steps.length); position += 1) {
      const step = steps[position]!; // within bounds
      if (step.operation === operation.acknowledge) {
        if (step.file === acknowledged.stateRows) promised.stateRows = step.offset;
        else promised.minutes = step.offset;
      } else if (step.operation === operation.sync) {
        pending = pending.filter((earlier) => {
          if (earlier.file !== step.file) return true;
          const file = disk[earlier.file - 1]!; // numbers come from the recorder
          if (earlier.operation === operation.truncate) file.truncate(earlier.offset);
          else file.write(earlier.offset, earlier.bytes);
          return false;
        });
      } else pending.push(step);
    }
    const after = disk.map((file) => file.copy());
    for (const step of pending) settle(after[step.file - 1]!, step, random); // as above
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [index, name] of files.entries()) {
      const file = after[index]!; // one for each name
      if (file.length > 0) writeFileSync(join(folder, name), file.bytes);
    }
    judge(folder, promised, cut, verdict);
  }
  rmSync(folder, { recursive: true, force: true });
  return verdict;
}

function judge(folder: string, promised: Promised, cut: number, verdict: Verdict): void {
  verdict.points += 1;
  const note = (text: string) => {
    if (verdict.examples.length < 5) verdict.examples.push(`after step ${cut}: ${text}`);
  };
  try {
    const found = inspect(folder);
    if (found.damage !== null) {
      verdict.corrupt += 1;
      note(found.damage);
    } else if (found.stateRows < promised.stateRows || found.minutes < promised.minutes) {
      verdict.lost += 1;
      note(`promised ${JSON.stringify(promised)}, found ${JSON.stringify(found)}`);
    }
  } catch (error) {
    verdict.corrupt += 1;
    note(String(error));
  }
}

function inspect(folder: string): Promised & { damage: string | null } {
  const storage = new Storage({
    dataFolder: folder,
    migrations: drillMigrations,
    commitMinutes: 5,
    retention,
    notBeforeMs: 0,
    wallMs: beginMs,
    monoMs,
    durability: 'off', // the machine does not lose power now
  });
  try {
    const damage = [
      ...storage.health().recovered,
      storage.damageOf('state'),
      storage.damageOf('measurements'),
    ];
    const [rows] = storage.state.all(`SELECT (SELECT count(*) FROM left_side) AS lefts,
      (SELECT count(*) FROM right_side) AS rights, (SELECT coalesce(max(n), 0) FROM left_side) AS last`) as {
      lefts: number;
      rights: number;
      last: number;
    }[]; // as selected
    const stateRows = rows?.last ?? 0;
    if (rows?.lefts !== stateRows || rows.rights !== stateRows)
      damage.push(`half a transaction: ${JSON.stringify(rows)}`);
    const counts = [1, 2, 3].map((series) => minutesOf(storage, series));
    if (new Set(counts).size !== 1 || counts.some((count) => !Number.isInteger(count)))
      damage.push(`half a packet: ${counts.join(', ')} minutes`);
    return {
      damage: damage.filter((text) => text !== null).join('; ') || null,
      stateRows,
      minutes: counts[0] ?? 0,
    };
  } finally {
    storage.close();
  }
}

/** Measured minutes of a series over packets, chunks and rollups alike. */
function minutesOf(storage: Storage, series: number): number {
  const { rows } = storage.measurements.query.statistics({
    series,
    fromMs: beginMs,
    toMs: beginMs + 10 * 86_400_000,
  });
  return (rows[1] ?? 0) / samplesPerMinute; // the second number of a row is the count
}
