import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
/** Names are UTF-8 (APPNOTE 4.4.4, bit 11). */
const utf8Flag = 0x0800;
const versionNeeded = 20;
/** 1 January 1980, so that the same files give the same archive. */
const fixedDate = 0x0021;

export interface ZipFile {
  name: string;
  bytes: Uint8Array;
}

/** A comment at the end of the archive that is made from all that stands before it. */
export interface Seal {
  /** Stands before the comment, so it is known before the comment is. */
  length: number;
  over(sealed: Uint8Array): string;
}

/** Packs files into an archive. A few dozen files, far below 4 GB. */
export async function writeZip(files: readonly ZipFile[], seal: Seal | null = null): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const title = Buffer.from(name);
    const packed = await deflate(bytes);
    const isSmaller = packed.length < bytes.length;
    const body = isSmaller ? packed : Buffer.from(bytes);
    const facts = factsOf(bytes, body.length, isSmaller ? 8 : 0, title.length);
    list.push(listRecord(facts, at), title);
    const head = record(0x04034b50, facts);
    parts.push(head, title, body);
    at += head.length + title.length + body.length;
  }
  const listBytes = list.reduce((sum, part) => sum + part.length, 0);
  const sealed = Buffer.concat([
    ...parts,
    ...list,
    endRecord(files.length, listBytes, at, seal?.length ?? 0),
  ]);
  if (seal === null) return sealed;
  const comment = Buffer.from(seal.over(sealed), 'latin1');
  if (comment.length !== seal.length)
    throw new RangeError(`the seal has ${comment.length} bytes, not ${seal.length}`);
  return Buffer.concat([sealed, comment]);
}

type Facts = readonly [size: 2 | 4, value: number][];

/** What the header before a file and its entry in the list share (APPNOTE 4.3.7, 4.3.12). */
function factsOf(bytes: Uint8Array, packedBytes: number, method: number, nameBytes: number): Facts {
  return [
    [2, versionNeeded],
    [2, utf8Flag],
    [2, method],
    [2, 0],
    [2, fixedDate],
    [4, crc32(bytes)],
    [4, packedBytes],
    [4, bytes.length],
    [2, nameBytes],
    [2, 0],
  ];
}

function listRecord(facts: Facts, at: number): Buffer {
  const rest: Facts = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, at],
  ];
  return record(0x02014b50, [[2, versionNeeded], ...facts, ...rest]);
}

function endRecord(count: number, listBytes: number, listAt: number, commentBytes: number): Buffer {
  return record(0x06054b50, [
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, listBytes],
    [4, listAt],
    [2, commentBytes],
  ]);
}

function record(signature: number, facts: Facts): Buffer {
  const fields: Facts = [[4, signature], ...facts];
  const bytes = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) at = bytes.writeUIntLE(value, at, size);
  return bytes;
}
