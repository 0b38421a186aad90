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

/** Asks everything at the same time; a question that breaks is "unknown" and does not keep the others from it. */
export function examine(checks: readonly Check[]): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ id, title, run }) => {
      try {
        return { id, title, ...(await run()) };
      } catch (error) {
        return { id, title, ...unknown(`could not be looked at: ${messageOf(error)}`) };
      }
    }),
  );
}

export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
