/** A QR code needs four light modules around it (ISO/IEC 18004 §6.3.8); two are enough for every app that was tried. */
const quiet = 2;

/**
 * Draws rows of `1` (dark) and `0` with half blocks, two rows a line. Light is painted and dark is left out, which is
 * right on a dark terminal; on a light one the colours are the other way round, which apps read as well.
 */
export function qrText(rows: readonly string[]): string[] {
  const width = (rows[0]?.length ?? 0) + 2 * quiet;
  const light = '0'.repeat(width);
  const side = '0'.repeat(quiet);
  const all = [
    ...Array<string>(quiet).fill(light),
    ...rows.map((row) => `${side}${row}${side}`),
    ...Array<string>(quiet).fill(light),
  ];
  const lines: string[] = [];
  for (let row = 0; row < all.length; row += 2) {
    const [upper = light, lower = '1'.repeat(width)] = [all[row], all[row + 1]];
    lines.push([...upper].map((module, column) => block(module === '0', lower[column] === '0')).join(''));
  }
  return lines;
}

function block(isUpperLight: boolean, isLowerLight: boolean): string {
  if (isUpperLight) return isLowerLight ? '█' : '▀';
  return isLowerLight ? '▄' : ' ';
}
