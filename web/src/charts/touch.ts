import type uPlot from 'uplot';

const tapMs = 320;
const dragPx = 14;

export interface TouchActions {
  zoom(fromMs: number, toMs: number): void;
  leave(): void;
}

/** Fingers on a plot: sideways drag selects, a tap sets the crosshair, a double tap leaves. uPlot itself knows mice only. */
export function followTouch(plot: uPlot, actions: TouchActions): void {
  let startX = 0;
  let isDown = false;
  let lastTapMs = 0;
  const place = (event: PointerEvent) => event.clientX - plot.over.getBoundingClientRect().left;
  const select = (x: number) => {
    const left = Math.min(startX, x);
    plot.setSelect({ left, top: 0, width: Math.abs(x - startX), height: plot.over.clientHeight }, false);
  };
  plot.over.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    isDown = true;
    startX = place(event);
  });
  plot.over.addEventListener('pointermove', (event) => {
    if (!isDown || event.pointerType !== 'touch') return;
    plot.setCursor({ left: place(event), top: 10 });
    if (Math.abs(place(event) - startX) > dragPx) select(place(event));
  });
  plot.over.addEventListener('pointercancel', () => {
    isDown = false; // the browser took the finger for scrolling
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  });
  plot.over.addEventListener('pointerup', (event) => {
    if (!isDown || event.pointerType !== 'touch') return;
    isDown = false;
    const x = place(event);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (Math.abs(x - startX) > dragPx) {
      actions.zoom(plot.posToVal(Math.min(x, startX), 'x'), plot.posToVal(Math.max(x, startX), 'x'));
      return;
    }
    if (event.timeStamp - lastTapMs < tapMs) actions.leave();
    lastTapMs = event.timeStamp;
    plot.setCursor({ left: x, top: 10 });
  });
}
