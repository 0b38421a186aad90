import { css } from 'lit';

export const nowStyles = css`
  :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
  :host([data-stale]) { --live-ink: var(--ink-3); }
  :host([data-stale]) .hero h1 { color: var(--ink-2); }
  :host([data-stale]) .strip { filter: grayscale(1); }
  .hero { padding: var(--space-5); display: grid; gap: var(--space-5); }
  .hero h1 { display: flex; gap: var(--space-3); align-items: baseline; font-size: var(--text-28); line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
  .hero h1 .marker { flex: none; transform: translateY(2px); }
  .hero h1.muted { font-weight: 500; }
  .head { display: flex; justify-content: space-between; align-items: center; margin-bottom: var(--space-2); }
  .book { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); } ist-speed-tile:not(:defined) { min-height: 96px; }
  .tiles { display: grid; gap: var(--space-3); grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); }
  .tile { display: grid; gap: var(--space-2); color: var(--ink); height: 100%; }
  .tile:hover { text-decoration: none; background: var(--inset); }
  .tile-head { display: flex; justify-content: space-between; gap: var(--space-2); font-size: var(--text-14); align-items: baseline; }
  .tile-head .muted { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .value { font-size: var(--text-28); font-weight: 600; line-height: 1.1; color: var(--live-ink, var(--ink)); }
  .value.lost { color: var(--down); }
  dl { display: flex; justify-content: space-between; gap: var(--space-2); }
  dt { font-size: var(--text-12); color: var(--ink-3); } dd { font-size: var(--text-14); color: var(--live-ink, var(--ink)); font-weight: 500; }
  .some dd { color: var(--down); }
  .events { margin: var(--space-2) calc(-1 * var(--space-2)) 0; }
  .events a { display: grid; grid-template-columns: 8.5em 1fr auto; gap: var(--space-3); align-items: center; min-height: var(--touch); padding: 6px var(--space-2); border-radius: var(--radius); color: var(--ink); font-size: var(--text-14); }
  .events a:hover { background: var(--inset); text-decoration: none; }
  .events time { color: var(--ink-3); } .events .icon { color: var(--ink-3); }
  .bone { background: var(--inset); border-radius: var(--radius); }
  .strip-bone { height: 150px; } .chart-bone { height: 320px; } .list-bone { height: 160px; margin-top: var(--space-3); }
  @media (max-width: 560px) {
    :host([data-stale]) .hero h1 { color: var(--ink-2); }
  :host([data-stale]) .strip { filter: grayscale(1); }
  .hero { padding: var(--space-4); gap: var(--space-4); } .hero h1 { font-size: var(--text-20); gap: var(--space-2); }
    .tiles { grid-template-columns: 1fr 1fr; gap: var(--space-2); } .tiles li:last-child:nth-child(odd) { grid-column: 1 / -1; } .tile { padding: var(--space-3); }
    .value { font-size: var(--text-20); } dl { gap: 2px; } dd { font-size: var(--text-12); }
    .tile-head .muted { display: none; }
    .events a { grid-template-columns: 1fr auto; gap: 0 var(--space-2); padding: var(--space-2); } .events time { grid-column: 1; font-size: var(--text-12); } .events .icon { grid-area: 1 / 2 / 3; }
  }
  @media (max-width: 1180px) { .book { grid-template-columns: minmax(0, 1fr); } } @media (max-width: 560px) { .book { gap: var(--space-2); } }
  @media (min-width: 761px) and (max-width: 1100px) { .tiles { grid-template-columns: 1fr 1fr; } }
`;
