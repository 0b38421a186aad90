import { css } from 'lit';

/** Rows of things with their buttons at the end. */
export const listStyles = css`
  .list { display: grid; gap: var(--space-2); margin-bottom: var(--space-3); }
  .list > li { display: flex; gap: var(--space-3); align-items: center; justify-content: space-between; flex-wrap: wrap; background: var(--inset); border-radius: var(--radius); padding: var(--space-2) var(--space-3); font-size: var(--text-14); }
  .list > li > div { min-width: 0; overflow-wrap: anywhere; } .list .button { background: var(--surface); }
  .strong { font-weight: 600; }
  .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); }
  .once { background: var(--accent-tint); border-radius: var(--radius); padding: var(--space-4); display: grid; gap: var(--space-3); justify-items: start; font-size: var(--text-14); margin-bottom: var(--space-3); }
  .once code { font-size: var(--text-16); overflow-wrap: anywhere; user-select: all; }
`;
