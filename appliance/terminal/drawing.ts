import { sayDuration } from '../core/durations.ts';
import type { Drawing, Tone } from '../core/feature.ts';
import type { LineState } from '../core/shapes.ts';
import { asciiMarks, sparkline, unicodeMarks } from './sparkline.ts';
import { table } from './table.ts';
import { fit, wrap } from './text.ts';

export type ColourDepth = 'none' | 'basic' | 'rich';

/** The dashboard's tokens in the nearest colours that 8 and 256 colour terminals have. */
const colours: Record<Tone, { basic: string; rich: string }> = {
  up: { basic: '36', rich: '38;5;37' },
  degraded: { basic: '33', rich: '38;5;214' },
  down: { basic: '31', rich: '38;5;202' },
  unknown: { basic: '90', rich: '38;5;245' },
  strong: { basic: '1', rich: '1' },
  faint: { basic: '2', rich: '38;5;245' },
};

const unicodeShapes: Record<LineState, string> = { up: '●', degraded: '▲', down: '■', unknown: '○' };
const asciiShapes: Record<LineState, string> = { up: '*', degraded: '^', down: '#', unknown: 'o' };

export function createDrawing(depth: ColourDepth, isUnicode: boolean): Drawing {
  const shapes = isUnicode ? unicodeShapes : asciiShapes;
  const marks = isUnicode ? unicodeMarks : asciiMarks;
  const ellipsis = isUnicode ? '…' : '~';
  const paint = (tone: Tone, text: string) =>
    depth === 'none' ? text : `\x1b[${colours[tone][depth]}m${text}\x1b[0m`;
  const lostRuns = new RegExp(`${marks.lost}+`, 'g');
  return {
    paint,
    shape: (state) => shapes[state],
    table: (columns, rows, width) => table(columns, rows, width, ellipsis),
    sparkline: (values, width) =>
      sparkline(values, width, marks).replace(lostRuns, (run) => paint('down', run)),
    duration: sayDuration,
    fit: (text, width, align) => fit(text, width, align, ellipsis),
    wrap: (text, width, indent) => wrap(text, width, indent, ellipsis),
  };
}
