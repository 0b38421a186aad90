import { css } from 'lit';

export const outagesStyles = css`
  :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
  :host([data-stale]) .live { filter: grayscale(1); opacity: 0.75; }
  .title { padding: var(--space-2) 0; display: grid; gap: 2px; }
  h1 { display: flex; gap: var(--space-3); align-items: baseline; font-size: var(--text-28); font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; }
  h1 .marker { flex: none; transform: translateY(1px); }
  .head { display: flex; flex-wrap: wrap; gap: var(--space-2); justify-content: space-between; align-items: center; margin-bottom: var(--space-3); }
  .switch { display: flex; gap: 2px; } .switch .button { background: none; } .switch .button[aria-pressed="true"] { background: var(--accent-tint); }
  .tools { display: flex; gap: var(--space-1); } .tools .button { padding: 0 10px; } .tools .button:disabled { opacity: 0.45; cursor: default; }
  .filters { margin-bottom: var(--space-2); }
  .failure { display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: center; padding: var(--space-3); border-radius: var(--radius); background: var(--down-tint); font-size: var(--text-14); }
  .little { margin-top: var(--space-2); }
  .bone { background: var(--inset); border-radius: var(--radius); }
  .figures-bone { height: 96px; } .calendar-bone { height: 268px; } .timeline-bone { height: 110px; } .list-bone { height: 220px; }
  .print { display: none; }
  @media (max-width: 560px) { h1 { font-size: var(--text-20); gap: var(--space-2); } .card { padding: var(--space-3); } }
  @media print { .controls, .tools, .switch { display: none; } .print { display: block; border-bottom: 1px solid; padding-bottom: var(--space-2); } }
`;
