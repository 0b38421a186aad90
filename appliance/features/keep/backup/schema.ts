import { type Static, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';

export const BackupCopy = Type.Object(
  {
    name: Type.String({ description: 'Name of its folder' }),
    path: Type.String(),
    bytes: Type.Integer(),
    madeAt: IsoTime,
  },
  { $id: 'BackupCopy', additionalProperties: false },
);
export type BackupCopy = Static<typeof BackupCopy>;

export const BackupList = Type.Object(
  {
    folder: Type.String({ description: 'Where backups are written' }),
    isDaily: Type.Boolean(),
    dailyAt: Type.String({ description: 'Local time at the site' }),
    isRunning: Type.Boolean(),
    lastError: Type.Union([Type.String(), Type.Null()], {
      description:
        'Why the last backup since the start failed, or the folder cannot be listed; null when all is well',
    }),
    backups: Type.Array(BackupCopy, { description: 'Newest first' }),
  },
  { $id: 'BackupList', additionalProperties: false },
);
export type BackupList = Static<typeof BackupList>;

export const RestoreRequest = Type.Object(
  {
    folder: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Name of a backup in the list, or the absolute path of one elsewhere (a USB stick)',
    }),
  },
  { $id: 'RestoreRequest', additionalProperties: false },
);

export const RestoreStaged = Type.Object(
  {
    folder: Type.String({ description: 'The backup that was verified' }),
    message: Type.String({ description: 'What happens next' }),
  },
  { $id: 'RestoreStaged', additionalProperties: false },
);
export type RestoreStaged = Static<typeof RestoreStaged>;

export const BackupFailed = Type.Object(
  { at: IsoTime, message: Type.String() },
  { $id: 'BackupFailed', additionalProperties: false },
);

declare module '../../../core/bus.ts' {
  interface EventMap {
    'backup.finished': BackupCopy;
    'backup.failed': Static<typeof BackupFailed>;
  }
}
