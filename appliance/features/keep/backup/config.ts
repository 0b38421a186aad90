import { type Static, Type } from 'typebox';

export const BackupConfig = Type.Object(
  {
    isEnabled: Type.Boolean({ default: true, title: 'Daily backup', description: 'Make a backup every day' }),
    dailyAt: Type.String({
      default: '03:30',
      pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
      expected: 'a local time from "00:00" to "23:59"',
      title: 'Time',
      description: 'Local time of the daily backup',
    }),
    folder: Type.Union([Type.String({ pattern: '^/', maxLength: 1024 }), Type.Null()], {
      default: null,
      expected: 'an absolute path, or null for backups/ in the data folder',
      title: 'Folder',
      description: 'Where backups go, for example a USB stick; null: backups/ in the data folder',
    }),
  },
  { title: 'Backup', description: 'Verified copies of both databases', additionalProperties: false },
);
export type BackupConfig = Static<typeof BackupConfig>;

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    backup: BackupConfig;
  }
}
