import type { Feature } from '../../../core/feature.ts';

export const incident: Feature = {
  name: 'incident',
  group: 'judge',
};
