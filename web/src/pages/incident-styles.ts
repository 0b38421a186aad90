import { css } from 'lit';

export const incidentStyles = css`
  :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
  :host([data-stale]) ist-incident-head { --down: var(--ink-2); }
  .back { display: inline-flex; align-items: center; gap: 4px; min-height: 36px; font-size: var(--text-14); width: max-content; }
  @media (pointer: coarse) { .back { min-height: var(--touch); } }
  h1 { font-size: var(--text-28); font-weight: 650; line-height: 1.25; }
  .banner { padding: var(--space-3) var(--space-4); border-radius: var(--radius); background: var(--accent-tint); font-size: var(--text-14); }
  .two { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .bone { background: var(--inset); border-radius: var(--radius); } .fault-bone { height: 150px; } .strip-bone { height: 170px; } .chart-bone { height: 330px; }
  @media (max-width: 1000px) { .two { grid-template-columns: minmax(0, 1fr); } }
  @media (max-width: 560px) { .card { padding: var(--space-3); } h1 { font-size: var(--text-20); } }
  @media print { .back { display: none; } }
`;
