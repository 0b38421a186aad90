import type { Grade } from '../schema.ts';

/** Added delay in ms, the scale that DSLReports made known. */
const cuts: readonly (readonly [belowMs: number, grade: Grade])[] = [
  [5, 'A+'],
  [30, 'A'],
  [60, 'B'],
  [200, 'C'],
  [400, 'D'],
];

export function gradeOf(addedMs: number): Grade {
  return cuts.find(([belowMs]) => addedMs < belowMs)?.[1] ?? 'F';
}

const order: readonly Grade[] = ['A+', 'A', 'B', 'C', 'D', 'F'];

/** A mean would hide a bloated uplink behind a good downlink. Null of none. */
export function worstGrade(grades: readonly (Grade | null)[]): Grade | null {
  return order.findLast((grade) => grades.includes(grade)) ?? null;
}
