import { Resolver } from 'node:dns/promises';
import { open, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { readTemperature } from './host-facts.ts';

const resolverTimeoutMs = 2000;
/** A resolver that says no has answered; many home routers know nothing of the root. */
const answered = new Set(['ENOTFOUND', 'ENODATA', 'EREFUSED', 'ENOTIMP', 'EFORMERR']);

export interface FileFacts {
  name: string;
  mode: number;
  uid: number;
  isFolder: boolean;
}

/** What the checks need of the operating system; tests fake it. Nothing here throws for a thing that is absent. */
export interface Machine {
  readonly uid: number;
  readonly gid: number;
  readText(path: string): Promise<string | null>;
  /** The folder itself first (as '.'), then what is in it; null when there is no such folder. */
  files(folder: string): Promise<FileFacts[] | null>;
  /** Newest change below a folder, epoch ms; null when it does not exist. */
  newestChangeMs(folder: string): Promise<number | null>;
  space(folder: string): Promise<{ totalBytes: number; freeBytes: number; freeFiles: number } | null>;
  /** Writes, syncs and removes a small file; how long that took, or why it failed. */
  tryWrite(folder: string): Promise<{ tookMs: number } | { error: string }>;
  temperatureCelsius(): Promise<number | null>;
  /** Asks a resolver for the name servers of the root, which every one has and which tells it nothing. */
  askResolver(address: string): Promise<{ tookMs: number } | { error: string }>;
}

export function createMachine(clock: Clock): Machine {
  return {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    readText: (path) => readFile(path, 'utf8').catch(() => null),
    async files(folder) {
      try {
        const names = ['.', ...(await readdir(folder))];
        return await Promise.all(names.slice(0, 200).map((name) => readFacts(folder, name)));
      } catch {
        return null;
      }
    },
    async newestChangeMs(folder) {
      try {
        const names = await readdir(folder, { recursive: true });
        const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs));
        return Math.max(...times);
      } catch {
        return null;
      }
    },
    async space(folder) {
      try {
        const { bsize, blocks, bavail, ffree } = await statfs(folder);
        return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, freeFiles: ffree };
      } catch {
        return null;
      }
    },
    async tryWrite(folder) {
      const path = join(folder, `.doctor-${process.pid}`);
      try {
        const startMs = clock.monoMs();
        const file = await open(path, 'wx', 0o600);
        try {
          await file.writeFile(new Uint8Array(4096));
          await file.sync();
        } finally {
          await file.close();
          await rm(path, { force: true });
        }
        return { tookMs: clock.monoMs() - startMs };
      } catch (error) {
        return { error: codeOf(error) };
      }
    },
    temperatureCelsius: readTemperature,
    async askResolver(address) {
      const resolver = new Resolver({ timeout: resolverTimeoutMs, tries: 1 });
      const startMs = clock.monoMs();
      try {
        resolver.setServers([address.includes(':') ? `[${address}]` : address]);
        await resolver.resolveNs('.');
        return { tookMs: clock.monoMs() - startMs };
      } catch (error) {
        const code = codeOf(error);
        return answered.has(code) ? { tookMs: clock.monoMs() - startMs } : { error: code };
      } finally {
        resolver.cancel();
      }
    },
  };
}

async function readFacts(folder: string, name: string): Promise<FileFacts> {
  const facts = await stat(join(folder, name));
  return { name, mode: facts.mode & 0o777, uid: facts.uid, isFolder: facts.isDirectory() };
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException; // both are what node's fs and dns reject with
  return code ?? message;
}
