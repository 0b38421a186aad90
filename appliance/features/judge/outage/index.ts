import type { Feature } from '../../../core/feature.ts';

export const outage: Feature = {
  name: 'outage',
  group: 'judge',
};
