import { css } from 'lit';

export const speedStyles = css`
  :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
  :host([data-stale]) .live { filter: grayscale(1); opacity: 0.75; }
  .title { padding: var(--space-2) 0; display: grid; gap: 2px; }
  h1 { display: flex; gap: var(--space-3); align-items: baseline; font-size: var(--text-28); font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; } h1 .marker { flex: none; transform: translateY(1px); }
  .top { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 2fr) minmax(260px, 1fr); } .top.running { grid-template-columns: minmax(0, 1fr); }
  .wifi { display: grid; gap: var(--space-2); align-content: start; font-size: var(--text-14); }
  .head { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); justify-content: space-between; align-items: end; margin-bottom: var(--space-3); } .back { margin-top: var(--space-3); }
  .tools { display: flex; flex-wrap: wrap; gap: var(--space-2); align-items: end; margin-bottom: var(--space-3); } section h2 + * { margin-top: var(--space-3); } .table { margin-top: var(--space-5); }
  .failure { display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: center; padding: var(--space-3); border-radius: var(--radius); background: var(--down-tint); font-size: var(--text-14); margin-bottom: var(--space-3); }
  .bone { background: var(--inset); border-radius: var(--radius); height: 200px; } .chart-bone { height: 420px; }
  .foot { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); margin-top: var(--space-3); } .foot a { display: inline-flex; gap: 4px; align-items: center; }
  @media (max-width: 900px) { .top { grid-template-columns: minmax(0, 1fr); } }
  @media (max-width: 560px) { h1 { font-size: var(--text-20); gap: var(--space-2); } .card { padding: var(--space-3); } .keys { display: none; } }
  @media print { .controls, .wifi, .tools { display: none; } }
`;
