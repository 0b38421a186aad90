import { css } from 'lit';

/** What every component shares: box sizing, headings, links, buttons, tables, cards. Adopted, never inline. */
export const baseStyles = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { display: block; color: var(--ink); }
  :host([hidden]), [hidden] { display: none !important; }
  h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  h2 { font-size: var(--text-16); font-weight: 600; line-height: 1.3; }
  a { color: var(--accent); text-decoration: none; }
  a:hover { text-decoration: underline; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
  button, select, input { font: inherit; color: inherit; }
  .button {
    min-height: 36px; padding: 0 var(--space-3); border: 0; border-radius: var(--radius);
    background: var(--inset); color: var(--ink-2); font-size: var(--text-14); cursor: pointer;
    display: inline-flex; align-items: center; gap: var(--space-2); white-space: nowrap; text-decoration: none;
  }
  .button:hover { color: var(--ink); text-decoration: none; }
  .button[aria-pressed="true"] { background: var(--accent-tint); color: var(--accent); }
  @media (pointer: coarse) { .button { min-height: var(--touch); } }
  .card { background: var(--surface); border-radius: var(--radius); padding: var(--space-4); }
  .muted { color: var(--ink-3); }
  .small { font-size: var(--text-12); }
  .note { color: var(--ink-3); font-size: var(--text-12); line-height: 1.5; }
  .hidden-text {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  table { border-collapse: collapse; width: 100%; font-size: var(--text-14); }
  th, td { padding: 6px var(--space-3); text-align: right; white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; }
  thead th { color: var(--ink-3); font-weight: 500; font-size: var(--text-12); }
  tbody tr:nth-child(odd) { background: var(--inset); }
  tbody th { font-weight: 500; }
  @media print { .card { padding: 0; break-inside: avoid; } .button { display: none; } }
`;
