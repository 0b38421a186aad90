import type { Feature } from '../../../core/feature.ts';

export const httpCheck: Feature = {
  name: 'http-check',
  group: 'watch',
};
