import type { Feature } from '../../../core/feature.ts';

export const evidence: Feature = {
  name: 'evidence',
  group: 'tell',
};
