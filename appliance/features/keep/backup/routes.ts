import { type Route, route } from '../../../core/feature.ts';
import { BackupCopy, BackupList, RestoreRequest, RestoreStaged } from './schema.ts';
import type { BackupService } from './service.ts';

export function backupRoutes(service: BackupService): Route[] {
  const shared = { scope: 'admin', tag: 'Backup' } as const;
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/api/backups',
      summary: 'Backups that are there, newest first',
      response: BackupList,
      handle: () => service.list(),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/api/backup',
      summary: 'Make a verified copy of both databases now',
      response: BackupCopy,
      handle: () => service.backUp(),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/api/restore',
      asksPassword: true,
      summary: 'Verify a backup and stage it for the next start',
      body: RestoreRequest,
      response: RestoreStaged,
      handle: ({ body }) => service.stageRestore(body.folder),
    }),
  ];
}
