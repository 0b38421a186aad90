import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Finding } from './schema.ts';

/** One question of the doctor; it answers with what it found. */
export interface Check {
  id: string;
  title: string;
  run(): Promise<Answer>;
}

export type Answer = Omit<Finding, 'id' | 'title'>;

export const ok = (found: string): Answer => ({ state: 'ok', found, fix: null });
export const advice = (found: string, fix: string): Answer => ({ state: 'advice', found, fix });
export const wrong = (found: string, fix: string): Answer => ({ state: 'wrong', found, fix });
export const unknown = (found: string): Answer => ({ state: 'unknown', found, fix: null });

/** Each question has its own shorter limit; who is silent for this long is stuck. */
const patienceMs = 10_000;
const stuck = wrong(
  'no answer within 10 s',
  'Something is stuck, often a dying disk or card: look at `dmesg` and restart the box.',
);

/** Asks everything at the same time; a question that breaks or hangs does not keep the others from their answer. */
export function examine(checks: readonly Check[], clock: Clock): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ id, title, run }) => {
      const { promise: late, resolve } = Promise.withResolvers<Answer>();
      const cancel = clock.after(patienceMs, () => resolve(stuck));
      try {
        return { id, title, ...(await Promise.race([run(), late])) };
      } catch (error) {
        return { id, title, ...unknown(`could not be looked at: ${messageOf(error)}`) };
      } finally {
        cancel();
      }
    }),
  );
}

export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
