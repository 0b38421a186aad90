/** The files of this box's own authority and of the certificate that it made: <data>/tls/. */
import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { AppError, messageOf } from '../../../core/errors.ts';

/** A hundred names make a certificate of 4 kB. */
const maxFileBytes = 64 * 1024;
const pem = Type.String({ pattern: '^-----BEGIN ' });

export const StoredAuthority = Type.Object({
  certificate: pem,
  key: pem,
  /** Domains and networks that it may vouch for, as in its certificate. */
  allowed: Type.Array(Type.String()),
});
export type StoredAuthority = Static<typeof StoredAuthority>;

export const StoredLeaf = Type.Object({ certificate: pem, key: pem });
export type StoredLeaf = Static<typeof StoredLeaf>;

export interface OwnFiles {
  /** Null when there is none. Throws `TLS_FILE_DAMAGED` for what we did not write so, `TLS_FILE_UNREADABLE` otherwise. */
  readAuthority(): Promise<StoredAuthority | null>;
  readLeaf(): Promise<StoredLeaf | null>;
  /** On the disk when it resolves, for the user of the service alone; a power cut leaves the old file or the new. */
  writeAuthority(authority: StoredAuthority): Promise<void>;
  writeLeaf(leaf: StoredLeaf): Promise<void>;
}

export function ownFiles(dataFolder: string): OwnFiles {
  const folder = join(dataFolder, 'tls');
  const authority = join(folder, 'authority.json');
  const leaf = join(folder, 'leaf.json');
  return {
    readAuthority: () => read(authority, StoredAuthority),
    readLeaf: () => read(leaf, StoredLeaf),
    writeAuthority: (value) => write(authority, value),
    writeLeaf: (value) => write(leaf, value),
  };
}

async function read<Schema extends TSchema>(path: string, schema: Schema): Promise<Static<Schema> | null> {
  const text = await readBounded(path, maxFileBytes).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new AppError('TLS_FILE_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (text === null) return null;
  try {
    return Value.Parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new AppError('TLS_FILE_DAMAGED', `${path} is damaged`, { cause });
  }
}

/** The text of a regular file of at most `maxBytes`. */
export async function readBounded(path: string, maxBytes: number): Promise<string> {
  // Non-blocking: a FIFO put in place of the file must not hang the start.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error('it is not a regular file');
    if (facts.size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function write(path: string, value: object): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.new`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await unlink(temporary).catch(() => undefined); // left by a power cut
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    throw new AppError('TLS_FILE_UNWRITABLE', `${path} cannot be written: ${messageOf(cause)}`, { cause });
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

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
