import type { Feature } from '../../../core/feature.ts';

export const gap: Feature = {
  name: 'gap',
  group: 'judge',
};
