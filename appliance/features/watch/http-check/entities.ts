/** What home automation shows of the pages that are fetched. */
import type { FeatureEntities } from '../../../core/entities.ts';
import { rounded } from '../../../core/entities.ts';
import type { PageOutcome } from './schema.ts';

const everyMs = 60_000;

interface Watched {
  outcome: PageOutcome | null;
  isAbsent: boolean;
  lastGoodSeconds: number;
}

/** Pages that have an address; what is not settled yet says nothing. */
export function pageFacts(watches: readonly Watched[]) {
  const settled = watches.filter(({ isAbsent, outcome }) => !isAbsent && outcome !== null);
  const failed = settled.filter(({ outcome }) => outcome !== 'ok');
  const seconds = settled.map(({ lastGoodSeconds }) => lastGoodSeconds).filter((time) => !Number.isNaN(time));
  return {
    pagesFailed: settled.length === 0 ? null : failed.length,
    pageMs: seconds.length === 0 ? null : rounded(Math.min(...seconds) * 1000, 0),
    isPortal: settled.length === 0 ? null : settled.some(({ outcome }) => outcome === 'portal'),
  };
}

export function httpCheckEntities(watches: () => readonly Watched[]): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'pages',
        entities: [
          {
            component: 'sensor',
            key: 'pages_failed',
            name: 'Web pages failing',
            field: 'pagesFailed',
            icon: 'mdi:web-remove',
            stateClass: 'measurement',
          },
          {
            component: 'sensor',
            key: 'page_time',
            name: 'Web page time',
            field: 'pageMs',
            knownBy: 'pagesFailed',
            deviceClass: 'duration',
            unit: 'ms',
            stateClass: 'measurement',
            isOffAtFirst: true,
          },
          {
            component: 'binary_sensor',
            key: 'captive_portal',
            name: 'Sign-in page in the way',
            field: 'isPortal',
            deviceClass: 'problem',
          },
        ],
        on: ['page.changed'],
        everyMs,
        read: () => pageFacts(watches()),
      },
    ],
  };
}
