import type { TableColumn } from '../core/feature.ts';
import { columnsOf, fit } from './text.ts';

const separator = '  ';
/** A text column is not made narrower than this to save the others; the line is cut instead. */
const minimumColumns = 6;

/** One line a row under a heading, every line at most `width` columns wide. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
  ellipsis = '…',
): string[] {
  const cells = columns.map((column, at) => {
    const body = rows.map((row) => oneLine(row[at] ?? ''));
    return column.align === 'decimal' ? alignDecimals(body) : body;
  });
  const widths = columns.map((column, at) =>
    Math.max(columnsOf(column.title), ...(cells[at] ?? []).map(columnsOf)),
  );
  shrink(columns, widths, width);
  const line = (texts: readonly string[]) => {
    const joined = columns
      .map((column, at) => fit(texts[at] ?? '', widths[at] ?? 0, sideOf(column), ellipsis))
      .join(separator);
    return (columnsOf(joined) > width ? fit(joined, width, 'left', ellipsis) : joined).trimEnd();
  };
  return [
    line(columns.map((column) => column.title)),
    ...rows.map((_, row) => line(cells.map((column) => column[row] ?? ''))),
  ];
}

function sideOf(column: TableColumn): 'left' | 'right' {
  return column.align === undefined || column.align === 'left' ? 'left' : 'right';
}

/** Takes room from the widest text columns until the table fits; numbers are never cut to save a text. */
function shrink(columns: readonly TableColumn[], widths: number[], width: number): void {
  const used = () => widths.reduce((sum, each) => sum + each, 0) + separator.length * (widths.length - 1);
  while (used() > width) {
    let widest = -1;
    for (const [at, column] of columns.entries()) {
      const own = widths[at] ?? 0;
      if (sideOf(column) === 'left' && own > minimumColumns && own > (widths[widest] ?? 0)) widest = at;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** Puts the decimal points (or the ends of whole numbers) of a column under each other. */
function alignDecimals(cells: readonly string[]): string[] {
  const split = cells.map((cell) => {
    const head = /^[^\d]*[\d,]*/.exec(cell)?.[0] ?? '';
    return /\d/.test(cell) ? { head, tail: cell.slice(head.length) } : { head: cell, tail: '' };
  });
  const headWidth = Math.max(0, ...split.map(({ head }) => columnsOf(head)));
  const tailWidth = Math.max(0, ...split.map(({ tail }) => columnsOf(tail)));
  return split.map(({ head, tail }) => fit(head, headWidth, 'right') + fit(tail, tailWidth));
}

function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, ' ');
}
