import { css } from 'lit';

/** The claim page and the sign-in page: one card in the middle. */
export const doorStyles = css`
  :host { display: grid; gap: var(--space-4); padding-top: var(--space-4); }
  .card { padding: var(--space-5); display: grid; gap: var(--space-4); }
  h1 { font-size: var(--text-28); line-height: 1.2; font-weight: 650; }
  .lead { color: var(--ink-2); }
  .places { display: grid; gap: var(--space-3); font-size: var(--text-14); }
  .places li { display: grid; gap: 2px; }
  code { font-size: var(--text-14); background: var(--inset); border-radius: 4px; padding: 2px 6px; justify-self: start; }
  .quiet { background: none; color: var(--accent); padding: 0; min-height: var(--touch); }
  @media (max-width: 760px) { .card { padding: var(--space-4); } :host { padding-top: 0; } }
`;
