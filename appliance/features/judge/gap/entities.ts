/** What home automation shows of times in which nothing was measured. */
import type { FeatureEntities } from '../../../core/entities.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Gap } from '../outage/schema.ts';
import type { GapPort } from './schema.ts';

const everyMs = 3_600_000;
const lookBackMs = 30 * 86_400_000;

export function gapFacts(newest: Gap | null) {
  return {
    gapEndedAt: newest?.endedAt ?? null,
    isRead: true,
    about: newest && { reason: newest.reason, startedAt: newest.startedAt, text: newest.text.slice(0, 255) },
  };
}

export function gapEntities({ timeline }: FeatureContext, gaps: GapPort): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'gap',
        entities: [
          {
            component: 'sensor',
            key: 'last_gap',
            name: 'Last time nothing was measured',
            field: 'gapEndedAt',
            knownBy: 'isRead',
            attributes: 'about',
            deviceClass: 'timestamp',
            category: 'diagnostic',
          },
        ],
        on: ['gap.recorded'],
        everyMs,
        async read() {
          const nowMs = timeline.nowMs();
          const found = await gaps.between(nowMs - lookBackMs, nowMs);
          return gapFacts(found.at(-1) ?? null);
        },
      },
    ],
  };
}
