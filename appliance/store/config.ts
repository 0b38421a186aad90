import { type Static, Type } from 'typebox';

export const RetentionConfig = Type.Object(
  {
    rawDays: Type.Integer({
      title: 'Days of every single sample',
      description: 'How long each exchange is kept as measured.',
      minimum: 1,
      maximum: 3650,
      default: 365,
    }),
    hourDays: Type.Integer({
      title: 'Days of hourly statistics',
      description: 'How long hourly statistics are kept; daily ones are kept for ever.',
      minimum: 1,
      maximum: 18250,
      default: 1825,
    }),
    maxMb: Type.Integer({
      title: 'Room for measurements (MB)',
      description: 'When the measurements need more, the oldest samples go first.',
      minimum: 16,
      maximum: 1_000_000,
      default: 512,
    }),
  },
  { title: 'Retention', additionalProperties: false, default: {} },
);
export type RetentionConfig = Static<typeof RetentionConfig>;

export const StorageConfig = Type.Object(
  {
    commitMinutes: Type.Integer({
      title: 'Minutes between writes',
      description: 'A power cut loses at most this much of a calm time; fewer writes spare the card.',
      minimum: 1,
      maximum: 15,
      default: 5,
      restart: true,
    }),
  },
  { title: 'Storage', additionalProperties: false, default: {} },
);
export type StorageConfig = Static<typeof StorageConfig>;

/** The sections of the configuration that the store owns. */
export const storeConfig = { retention: RetentionConfig, storage: StorageConfig } as const;

declare module '../core/feature.ts' {
  interface ConfigSections {
    retention: RetentionConfig;
    storage: StorageConfig;
  }
}
