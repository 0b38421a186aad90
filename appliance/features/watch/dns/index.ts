import type { Feature } from '../../../core/feature.ts';

export const dns: Feature = {
  name: 'dns',
  group: 'watch',
};
