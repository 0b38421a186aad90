import type { BenchCase, Finding, Quantity } from './case.ts';

export type Verdict = 'met' | 'not met' | 'not measured' | 'shown';

export interface ResultRow {
  id: string;
  title: string;
  what: string;
  ours: Quantity | null;
  peer: (Quantity & { name: string }) | null;
  ratio: number | null;
  target: string;
  verdict: Verdict;
  note: string;
}

export function rowOf({ id, title }: Pick<BenchCase, 'id' | 'title'>, finding: Finding): ResultRow {
  const { what, ours, peer, target, isMet, note = '' } = finding;
  const ratio = ours && peer && peer.unit === ours.unit ? ours.value / peer.value : null;
  return { id, title, what, ours, peer, ratio, target, verdict: verdictOf(isMet), note };
}

export function unmeasured({ id, title }: BenchCase, reason: string): ResultRow {
  const nothing = { ours: null, peer: null, ratio: null, target: '', what: title };
  return { id, title, ...nothing, verdict: 'not measured', note: reason };
}

function verdictOf(isMet: Finding['isMet']): Verdict {
  if (isMet === null) return 'shown';
  if (isMet === 'not measured') return isMet;
  return isMet ? 'met' : 'not met';
}

const heads = ['id', 'what', 'ours', 'peer', 'ratio', 'target', 'verdict'];

export function tableOf(rows: readonly ResultRow[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.what,
    show(row.ours),
    row.peer ? `${row.peer.name} ${show(row.peer)}` : '–',
    row.ratio === null ? '–' : row.ratio.toFixed(row.ratio < 0.1 ? 4 : 2),
    row.target,
    row.verdict,
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (words: readonly string[]) =>
    words.map((word, column) => word.padEnd(widths[column] ?? 0)).join('  ');
  const notes = rows.filter((row) => row.note).map((row) => `${row.id} ${row.what}: ${row.note}`);
  return [
    line(heads),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...cells.map(line),
    '',
    ...notes,
  ].join('\n');
}

function show(quantity: Quantity | null): string {
  if (!quantity) return '–';
  const { value, unit } = quantity;
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`.trim();
}
