export interface SparklineMarks {
  /** From lowest to highest. */
  levels: readonly string[];
  lost: string;
}

export const unicodeMarks: SparklineMarks = { levels: [...'▁▂▃▄▅▆▇█'], lost: '×' };
export const asciiMarks: SparklineMarks = { levels: [...'_.-=+*%#'], lost: 'x' };

/**
 * `width` columns, newest value last: from zero to a robust maximum, so that a steady line looks steady and one peak
 * does not flatten the rest. A column in which anything was lost says so; a gap is empty.
 */
export function sparkline(
  values: readonly (number | null | undefined)[],
  width: number,
  marks: SparklineMarks,
): string {
  const columns = bucket(values, width);
  const top = robustMaximum(values);
  const drawn = columns.map((value) => {
    if (value === undefined) return ' ';
    if (value === null) return marks.lost;
    const level = Math.min(marks.levels.length - 1, Math.floor((value / top) * marks.levels.length));
    return marks.levels[Math.max(0, level)] ?? ' ';
  });
  return drawn.join('').padStart(width);
}

/** At most `width` columns of whole groups: null when any was lost, else the median, undefined when nothing is there. */
function bucket(
  values: readonly (number | null | undefined)[],
  width: number,
): (number | null | undefined)[] {
  if (values.length <= width) return [...values];
  const size = Math.ceil(values.length / width);
  const columns: (number | null | undefined)[] = [];
  // Groups are counted from the end, so that the newest one is always full.
  for (let end = values.length; end > 0; end -= size) {
    columns.unshift(combine(values.slice(Math.max(0, end - size), end)));
  }
  return columns;
}

function combine(group: readonly (number | null | undefined)[]): number | null | undefined {
  if (group.includes(null)) return null;
  const known = group.filter((value) => value !== undefined && value !== null).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

/** Twice the median, so that a steady line stands at half height and a peak shows; more where a tenth is higher. */
function robustMaximum(values: readonly (number | null | undefined)[]): number {
  const known = values.filter((value) => value !== undefined && value !== null).sort((a, b) => a - b);
  const median = known[Math.floor((known.length - 1) / 2)] ?? 0;
  const high = known[Math.floor((known.length - 1) * 0.9)] ?? 0;
  return Math.max(2 * median, high) || 1;
}
