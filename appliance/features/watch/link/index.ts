import type { Feature } from '../../../core/feature.ts';

export const link: Feature = {
  name: 'link',
  group: 'watch',
};
