import { constants } from 'node:fs';
import { open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import { maxConfigBytes } from './yaml-text.ts';

/** The text of a file; null when there is none. */
export async function readText(path: string): Promise<string | null> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // Non-blocking: a FIFO put in place of the file must not hang the start.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw unreadable(path, error);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error('it is not a regular file');
    if (facts.size > maxConfigBytes) throw new Error(`it is larger than ${maxConfigBytes} bytes`);
    return await file.readFile('utf8');
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** Replaces a file so that after a power cut either the old or the new text is there. Keeps owner and mode; new files are 0600. */
export async function writeText(path: string, text: string): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await realpath(path).catch(() => path); // write through a symbolic link, do not replace it
    const facts = await stat(target).catch(() => null);
    temporary = join(dirname(target), `.${basename(target)}.new`);
    await unlink(temporary).catch(() => undefined); // left by a power cut
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (facts) {
        await file.chown(facts.uid, facts.gid).catch(() => undefined); // only root may; then it is ours anyway
        await file.chmod(facts.mode & 0o777);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (temporary !== null) await unlink(temporary).catch(() => undefined); // already moved or never made
    throw new AppError('CONFIG_UNWRITABLE', `Cannot write ${path}: ${messageOf(error)}`, {
      status: 409,
      cause: error,
    });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function unreadable(path: string, error: unknown): AppError {
  return new AppError('CONFIG_UNREADABLE', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
