import type { Feature } from '../../../core/feature.ts';
import { backupCommands } from './command.ts';
import { BackupConfig } from './config.ts';
import { backupRoutes } from './routes.ts';
import { BackupService } from './service.ts';

/** Verified copies of both databases, every day and on demand, and the way back. */
export const backup: Feature = {
  name: 'backup',
  group: 'keep',
  config: { backup: BackupConfig },
  commands: backupCommands,
  setup(context) {
    const service = new BackupService(context);
    return {
      stop: () => service.settle(),
      routes: backupRoutes(service),
      jobs: [
        {
          name: 'daily-backup',
          dailyAt: () => service.dailyAt(),
          run: async () => {
            await service.backUp();
          },
        },
      ],
      metrics: [
        {
          name: 'backup_timestamp_seconds',
          help: 'When the last backup since the start was made; absent before the first',
          type: 'gauge',
          collect: () => (service.lastMadeAtMs === null ? [] : [{ value: service.lastMadeAtMs / 1000 }]),
        },
      ],
      adminStreams: ['backup.finished', 'backup.failed'],
    };
  },
};
