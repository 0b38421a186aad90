import type { IconName } from '../lib/icons.ts';
import { words } from '../lib/words.ts';

export interface Place {
  path: string;
  label: string;
  icon: IconName;
  /** The element that is the page; it gets `query`. */
  tag: string;
  load: () => Promise<unknown>;
  /** A page below another place: not in the navigation, which marks that place instead. */
  within?: string;
  /** Also for somebody who has not signed in, as far as the box lets him. */
  isForGuests?: true;
}

/** The places of the dashboard in the order of the navigation. A new page is one line here. */
export const places: readonly Place[] = [
  { path: '/', label: words.place.now, icon: 'now', tag: 'ist-now', load: () => import('../pages/now.ts') },
  {
    path: '/outages',
    label: words.place.outages,
    icon: 'outages',
    tag: 'ist-outages',
    load: () => import('../pages/outages.ts'),
  },
  {
    path: '/speed',
    label: words.place.speed,
    icon: 'speed',
    tag: 'ist-speed',
    load: () => import('../pages/speed.ts'),
  },
  {
    path: '/wifi-test',
    label: words.place.wifi,
    icon: 'speed',
    tag: 'ist-wifi-test',
    load: () => import('../pages/wifi-test.ts'),
    within: '/speed',
    isForGuests: true,
  },
  {
    path: '/latency',
    label: words.place.latency,
    icon: 'latency',
    tag: 'ist-latency',
    load: () => import('../pages/latency.ts'),
  },
  {
    path: '/incident',
    label: words.place.incident,
    icon: 'outages',
    tag: 'ist-incident',
    load: () => import('../pages/incident.ts'),
    within: '/outages',
  },
  {
    path: '/snapshot',
    label: words.place.snapshot,
    icon: 'outages',
    tag: 'ist-snapshot',
    load: () => import('../pages/snapshot.ts'),
    within: '/outages',
  },
  {
    path: '/more',
    label: words.place.more,
    icon: 'more',
    tag: 'ist-more',
    load: () => import('../pages/more.ts'),
  },
  {
    path: '/settings',
    label: words.place.settings,
    icon: 'settings',
    tag: 'ist-settings',
    load: () => import('../pages/settings.ts'),
    within: '/more',
  },
  {
    path: '/access',
    label: words.place.access,
    icon: 'person',
    tag: 'ist-access',
    load: () => import('../pages/access.ts'),
    within: '/more',
  },
  {
    path: '/about',
    label: words.place.about,
    icon: 'about',
    tag: 'ist-about',
    load: () => import('../pages/about.ts'),
    within: '/more',
  },
];

export function placeOf(path: string): Place | null {
  return places.find((place) => place.path === path) ?? null;
}
