import { css } from 'lit';

/** Selects with their labels above them, side by side. */
export const choiceStyles = css`
  .choices { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-3); align-items: end; }
  .choice { display: grid; gap: 2px; min-width: 0; } .choice label { font-size: var(--text-12); color: var(--ink-2); }
  select { min-height: 36px; border: 1px solid var(--ink-3); border-radius: 6px; background: var(--surface); padding: 0 var(--space-2); font-size: var(--text-14); color: var(--ink); max-width: 100%; }
  .bone { background: var(--inset); border-radius: var(--radius); height: 96px; }
  @media (pointer: coarse) { select { min-height: var(--touch); } }
  @media (max-width: 560px) { .choices { display: grid; grid-template-columns: 1fr 1fr; } .choice select { width: 100%; } }
  @media print { .choices { display: none; } }
`;
