import type { Command, Terminal } from '../../../core/feature.ts';
import type { BackupCopy, BackupList, RestoreStaged } from './schema.ts';

const list: Command = {
  name: 'list',
  summary: 'list the backups that are there',
  run: async ({ client, terminal }) => {
    const found = await client.get<BackupList>('/api/backups');
    if (terminal.isJson) terminal.json(found);
    else printList(found, terminal);
    return found.lastError === null ? 0 : 1;
  },
};

const backup: Command = {
  name: 'backup',
  summary: 'make a verified copy of both databases now, or list the copies',
  commands: [list],
  run: async ({ client, terminal }) => {
    terminal.progress('Copying and verifying both databases …');
    const copy = await client.send<BackupCopy>('POST', '/api/backup');
    if (terminal.isJson) terminal.json(copy);
    else {
      terminal.line(`Backup made and verified: ${copy.path} (${sizeOf(copy.bytes)})`);
      terminal.line(`Bring it back with: ist restore ${copy.name}`);
    }
    return 0;
  },
};

const restore: Command = {
  name: 'restore',
  arguments: '<backup>',
  summary: 'verify a backup (a name from "ist backup list" or a path) and stage it for the next start',
  run: async ({ arguments: [folder = ''], client, terminal }) => {
    terminal.progress('Verifying the backup …');
    const staged = await client.send<RestoreStaged>('POST', '/api/restore', { folder });
    if (terminal.isJson) terminal.json(staged);
    else {
      terminal.line(`${staged.folder}: ${staged.message}`);
      terminal.line('Restart with: sudo systemctl restart ist (or stop it and run npm start, in a checkout)');
    }
    return 0;
  },
};

export const backupCommands: readonly Command[] = [backup, restore];

function printList(found: BackupList, terminal: Terminal): void {
  const rows = found.backups.map(({ name, madeAt, bytes }) => [name, madeAt, sizeOf(bytes)]);
  const columns = [{ title: 'backup' }, { title: 'made' }, { title: 'size', align: 'right' as const }];
  if (rows.length === 0) terminal.line(`No backups in ${found.folder} yet.`);
  else for (const line of terminal.draw.table(columns, rows, terminal.columns)) terminal.line(line);
  terminal.line(
    found.isDaily ? `Every day at ${found.dailyAt} into ${found.folder}.` : 'The daily backup is off.',
  );
  if (found.lastError !== null) terminal.error(`The last backup failed: ${found.lastError}`);
}

function sizeOf(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
