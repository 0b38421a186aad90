/** The text of canvases; they know no CSS variables. */
export function canvasFont(px: number): string {
  return `${px}px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif`;
}

/** A word in the middle of a span of the canvas, where the span is wide enough for it. */
export function label(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  wide: number,
  ink: string,
  dpr: number,
  ground?: string,
): void {
  pen.font = canvasFont(12 * dpr);
  const size = pen.measureText(text).width;
  if (size + 20 * dpr > wide) return;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  if (ground) {
    pen.fillStyle = ground;
    pen.beginPath();
    pen.roundRect(x - size / 2 - 7 * dpr, y - 11 * dpr, size + 14 * dpr, 22 * dpr, 4 * dpr);
    pen.fill();
  }
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}
