import { css } from 'lit';

/** What the pages with forms share beside the base styles. */
export const formStyles = css`
  form { display: grid; gap: var(--space-4); justify-items: start; }
  .field { display: grid; gap: var(--space-1); width: 100%; max-width: 420px; font-size: var(--text-14); }
  .field label, .label { color: var(--ink-2); font-weight: 500; font-size: var(--text-14); }
  .field input, .field select, .field textarea {
    font: inherit; font-size: var(--text-16); color: var(--ink); background: var(--surface); border: 1px solid var(--ink-3);
    border-radius: 6px; padding: var(--space-2) var(--space-3); width: 100%; min-width: 0; min-height: var(--touch);
  }
  .field input[aria-invalid="true"], .field textarea[aria-invalid="true"] { border-color: var(--down); }
  .row { display: flex; gap: var(--space-2); align-items: center; }
  .row .button { min-height: var(--touch); }
  .hint { color: var(--ink-3); font-size: var(--text-12); line-height: 1.5; }
  .error { color: var(--down); font-size: var(--text-14); font-weight: 500; }
  .primary { background: var(--accent); color: var(--accent-ink); font-weight: 600; min-height: var(--touch); padding: 0 var(--space-5); }
  .primary:hover { color: var(--accent-ink); filter: brightness(1.08); }
  .button:disabled { opacity: 1; background: var(--inset); color: var(--ink-3); cursor: not-allowed; filter: none; }
  .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
`;
