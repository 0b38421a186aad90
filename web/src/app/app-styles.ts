import { css } from 'lit';

export const appStyles = css`
  :host { display: grid; grid-template-columns: 208px minmax(0, 1fr); min-height: 100dvh; }
  .skip { position: fixed; left: var(--space-3); top: -60px; z-index: 10; border: 0; background: var(--surface); color: var(--accent); padding: var(--space-3); border-radius: var(--radius); }
  .skip:focus { top: var(--space-3); }

  .rail { position: sticky; top: 0; height: 100dvh; padding: var(--space-5) var(--space-3); display: flex; flex-direction: column; gap: var(--space-5); }
  .brand { display: flex; align-items: center; gap: 10px; padding: 0 var(--space-3); font-weight: 650; font-size: var(--text-14); line-height: 1.2; color: var(--ink); }
  .brand:hover { text-decoration: none; }
  .places { display: grid; gap: var(--space-1); }
  .places a { display: flex; align-items: center; gap: var(--space-3); min-height: var(--touch); padding: 0 var(--space-3); border-radius: var(--radius); color: var(--ink-2); font-size: var(--text-14); font-weight: 500; }
  .places a:hover { background: var(--surface); text-decoration: none; color: var(--ink); }
  .places a[aria-current] { background: var(--surface); color: var(--accent); font-weight: 600; }
  .rail .foot { margin-top: auto; padding: 0 var(--space-3); display: grid; gap: var(--space-3); }

  .main { min-width: 0; padding: 0 var(--space-5) var(--space-6); max-width: 1328px; width: 100%; }
  .bar { display: flex; align-items: center; gap: var(--space-4); min-height: 64px; }
  .site { font-weight: 600; font-size: var(--text-14); }
  .mini { display: flex; align-items: center; }
  .mini .link { width: 14px; height: 2px; background: var(--link, var(--unknown)); }
  .mini .link.up { --link: var(--up); } .mini .link.degraded { --link: var(--degraded); } .mini .link.down { --link: var(--down); }
  .mini .link.down, .mini .link.unknown { background: repeating-linear-gradient(90deg, var(--link, var(--unknown)) 0 3px, transparent 3px 6px); }
  .mini svg { display: block; }
  .mini.stale { filter: grayscale(1); }
  .grow { flex: 1; }
  .connection { display: inline-flex; align-items: center; gap: 6px; font-size: var(--text-12); color: var(--ink-2); white-space: nowrap; }
  .connection .dot { width: 8px; height: 8px; border-radius: 50%; background: var(--up); }
  .connection.connecting .dot { background: none; border: 2px solid var(--unknown); }
  .connection.stale .dot { background: var(--degraded); border-radius: 1px; }
  .connection.stale { color: var(--degraded); font-weight: 600; }
  .theme { width: 40px; padding: 0; justify-content: center; background: none; }
  .theme:hover { background: var(--surface); }

  .banner { display: flex; gap: var(--space-3); align-items: center; border-radius: var(--radius); padding: var(--space-3) var(--space-4); margin-bottom: var(--space-3); font-size: var(--text-14); background: var(--degraded-tint); color: var(--ink); }
  .banner svg { flex: none; color: var(--degraded); }
  .banner.demo { background: var(--accent-tint); } .banner.demo svg { color: var(--accent); }
  main:focus { outline: none; }
  .fault { display: grid; gap: var(--space-3); justify-items: start; }
  :host([data-door]) { display: block; }
  :host([data-door]) .main { max-width: 560px; margin: 0 auto; }
  :host([data-door]) .brand { display: flex; padding: 0; }
  ist-person-menu { width: 40px; margin-left: calc(-1 * var(--space-3)); } ist-person-menu:not(:defined) { height: 36px; }

  @media (max-width: 760px) {
    :host(:not([data-door])) { display: block; padding-bottom: calc(64px + env(safe-area-inset-bottom)); }
    .rail { position: fixed; inset: auto 0 0 0; height: auto; z-index: 5; padding: 0 0 env(safe-area-inset-bottom); background: var(--surface); display: block; }
    .rail::before { content: ''; position: absolute; inset: -1px 0 auto 0; height: 1px; background: var(--line); }
    .rail .brand, .rail .foot { display: none; }
    .places { display: flex; justify-content: space-around; gap: 0; }
    .places a { flex: 1; flex-direction: column; gap: 2px; justify-content: center; min-height: 60px; font-size: var(--text-12); padding: 6px; border-radius: 0; }
    .places a[aria-current] { background: none; box-shadow: inset 0 2px 0 var(--accent); }
    .main { padding: 0 var(--space-3) var(--space-4); }
    .bar { gap: var(--space-3); min-height: 56px; }
    .mini .link { width: 10px; }
    .version { display: none; }
  }
  @media print { :host { display: block; } .rail, .skip, header { display: none; } .main { padding: 0; } }
`;
