import { css } from 'lit';

export const latencyStyles = css`
  :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
  .title { display: grid; gap: 2px; padding: var(--space-2) 0; }
  h1 { font-size: var(--text-28); font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; }
  .controls { display: grid; gap: var(--space-2); grid-template-columns: minmax(0, 1fr); }
  .tools { display: flex; flex-wrap: wrap; gap: var(--space-1); margin-bottom: var(--space-3); }
  .tools .button { padding: 0 10px; }
  .tools .button:disabled { opacity: 0.45; cursor: default; }
  .grow { flex: 1; }
  .plot { position: relative; --chart-height: 360px; } .plot + .plot { margin-top: var(--space-5); }
  .plot.small { --chart-height: 190px; }
  .plot h2 { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-4); font-size: var(--text-14); margin-bottom: 2px; }
  .key { display: inline-flex; align-items: center; gap: 7px; } .key i { width: 12px; height: 12px; border-radius: 50%; background: var(--own); }
  .c0 { --own: var(--series-internet); } .c1 { --own: var(--series-provider); } .c2 { --own: var(--series-names); }
  .c3 { --own: var(--series-router); } .c4 { --own: var(--series-5); } .c5 { --own: var(--series-6); }
  .failure { display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: center; padding: var(--space-3); border-radius: var(--radius); background: var(--down-tint); font-size: var(--text-14); margin-bottom: var(--space-2); }
  .empty { position: absolute; inset: 40% 0 auto; text-align: center; margin: auto; width: fit-content; max-width: 90%; background: var(--surface); padding: var(--space-2) var(--space-4); border-radius: var(--radius); color: var(--ink-2); font-size: var(--text-14); }
  .empty-heat { margin-top: var(--space-3); font-size: var(--text-14); }
  .method { margin-top: var(--space-2); } .method a { display: inline-flex; gap: 4px; align-items: center; white-space: nowrap; }
  #keys { margin-top: var(--space-2); }
  .bone { background: var(--inset); border-radius: var(--radius); height: 360px; margin-top: var(--space-3); }
  @media (max-width: 560px) {
    h1 { font-size: var(--text-20); } .plot { --chart-height: 260px; } .card { padding: var(--space-3); }
    #keys { display: none; } .tools:has([aria-pressed]:nth-last-child(3)) .grow { flex-basis: 100%; }
  }
  @media print { .controls, .tools, #keys { display: none; } }
`;
