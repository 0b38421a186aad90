import { html, svg, type TemplateResult } from 'lit';
import type { Status } from '../../../appliance/features/judge/state/schema.ts';

export type State = Status['state'];

const paths = {
  now: 'M3 12h4l2.5-7 5 14 2.5-7h4',
  latency: 'M4 4v16h16M7 15l3.5-5 3 3L20 6',
  speed: 'M7.5 20V5M4 8.5 7.5 5 11 8.5M16.5 4v15M13 15.5l3.5 3.5 3.5-3.5',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  outages: 'M4 6.5h16v13H4zM4 10.5h16M8.5 4v4M15.5 4v4M9.5 13.5l5 4M14.5 13.5l-5 4',
  you: 'M4 7.5h16v9H4zM8 20h8M7.5 12h.01M11 12h.01',
  gateway: 'M3.5 13.5h17v6h-17zM7 16.5h.01M11 16.5h6M7 13.5V8M17 13.5V8M9.5 6a3.5 3.5 0 0 1 5 0',
  isp: 'M12 9.5v11M8.5 20.5h7M12 9.5h.01M8.8 12.7a4.5 4.5 0 0 1 0-6.4M15.2 6.3a4.5 4.5 0 0 1 0 6.4M6 15.5a8.5 8.5 0 0 1 0-12M18 3.5a8.5 8.5 0 0 1 0 12',
  anchor:
    'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c2.3 2.4 3.5 5.2 3.5 8.5s-1.2 6.1-3.5 8.5c-2.3-2.4-3.5-5.2-3.5-8.5s1.2-6.1 3.5-8.5z',
  resolver: 'M5 5.5A2 2 0 0 1 7 3.5h12v14H7a2 2 0 0 0-2 2zM5 19.5a1.5 1.5 0 0 0 1.5 1H19M9 8h6M9 11.5h4',
  custom:
    'M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  auto: 'M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  dark: 'M20 14.2A8.2 8.2 0 0 1 9.8 4 8.2 8.2 0 1 0 20 14.2z',
  arrow: 'M9 5l7 7-7 7',
  back: 'M15 5l-7 7 7 7',
  plus: 'M12 5v14M5 12h14',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  minus: 'M5 12h14',
  compare: 'M4 16l5-6 4 3 7-8M4 20l5-3 4 1.5 7-4.5',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  settings:
    'M4 7h9M17 7h3M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM4 17h3M11 17h9M9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z',
  about: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.8h.01',
  more: 'M4.5 7h15M4.5 12h15M4.5 17h15',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7v5l3.5 2',
} as const;
export type IconName = keyof typeof paths;

/** A stroked 24-unit icon; decoration only, its text stands beside it. */
export function icon(name: IconName, size = 20): TemplateResult {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}

/** The state as a shape: circle, triangle, square, ring. Colour never speaks alone. */
export function marker(state: State, size = 14): TemplateResult {
  return html`<svg class="marker ${state}" width=${size} height=${size} viewBox="0 0 14 14" aria-hidden="true">${shape(state)}</svg>`;
}

function shape(state: State) {
  switch (state) {
    case 'up':
      return svg`<circle cx="7" cy="7" r="6" fill="var(--up)" />`;
    case 'degraded':
      return svg`<path d="M7 .8 13.6 12.9H.4z" fill="var(--degraded)" />`;
    case 'down':
      return svg`<rect x="1.2" y="1.2" width="11.6" height="11.6" rx="1" fill="var(--down)" />`;
    case 'unknown':
      return svg`<circle cx="7" cy="7" r="4.8" fill="none" stroke="var(--unknown)" stroke-width="2.4" />`;
  }
}
