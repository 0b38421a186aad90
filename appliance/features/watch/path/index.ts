import type { Feature } from '../../../core/feature.ts';

export const path: Feature = {
  name: 'path',
  group: 'watch',
};
