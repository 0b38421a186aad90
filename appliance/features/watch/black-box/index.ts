import type { Feature } from '../../../core/feature.ts';

export const blackBox: Feature = {
  name: 'black-box',
  group: 'watch',
};
