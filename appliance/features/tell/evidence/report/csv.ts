export type Cell = string | number | boolean | null;

/** A table by its columns: the title, and how to get the cell from a row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** RFC 4180 with line feeds. */
export function csvOf<Row>(columns: Columns<Row>, rows: Iterable<Row>): string {
  const cells = Object.values(columns);
  const lines = [Object.keys(columns).join(',')];
  for (const row of rows) lines.push(cells.map((cell) => csvCell(cell(row))).join(','));
  return `${lines.join('\n')}\n`;
}

/** A spreadsheet must not take a name for a formula. */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // What begins with one of these is run by spreadsheets; the apostrophe says that it is text.
  const text = /^[=+\-@\t\r|]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
