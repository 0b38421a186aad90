import type { Problem } from './check-chain.ts';

export interface OpenedZip {
  files: Map<string, Uint8Array>;
  /** Everything before the comment, which the seal in the comment speaks for. */
  sealed: Uint8Array;
  comment: string;
}

/**
 * Unpacks an archive into memory, expecting the worst of it: every offset is checked, names stay below one folder, and
 * what it may unpack to is bounded before and while it is unpacked. Throws a `Problem`. Nothing is ever written.
 * Refers to nothing outside itself: verify.html carries its source.
 */
export async function readZip(archive: Uint8Array): Promise<OpenedZip> {
  const maxFiles = 200;
  const maxUnpackedBytes = 128 * 1024 * 1024;
  const endBytes = 22;
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const problem = (message: string, where = 'the archive'): Problem => ({ where, message });

  /** APPNOTE 4.3.16: the end record is the last thing in the file, but for its own comment. */
  function findEnd(): number {
    for (let at = archive.length - endBytes; at >= 0 && at >= archive.length - endBytes - 0xffff; at -= 1)
      if (u32(at) === 0x06054b50 && at + endBytes + u16(at + 20) === archive.length) return at;
    throw problem('it is no ZIP archive, or its end was cut off');
  }

  function nameAt(from: number, length: number): string {
    let name: string;
    try {
      name = new TextDecoder('utf-8', { fatal: true }).decode(archive.subarray(from, from + length));
    } catch {
      throw problem('the name of a file in it is no UTF-8');
    }
    const isSafe = name
      .replace(/\/$/, '')
      .split('/')
      .every((part) => part !== '' && part !== '.' && part !== '..');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
    if (!isSafe || /[\\:\u0000-\u001f]/.test(name))
      throw problem('its name leads out of the archive', JSON.stringify(name));
    return name;
  }

  async function unpack(packed: Uint8Array, size: number, name: string): Promise<Uint8Array> {
    const unpacked = new Uint8Array(size);
    let at = 0;
    try {
      const source = new Blob([new Uint8Array(packed)]).stream();
      const reader = source.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (at + value.length > size) {
          await reader.cancel();
          throw problem('it unpacks to more than it says', name);
        }
        unpacked.set(value, at);
        at += value.length;
      }
    } catch (error) {
      if (error instanceof Error) throw problem('it cannot be unpacked', name);
      throw error;
    }
    if (at !== size) throw problem('it unpacks to less than it says', name);
    return unpacked;
  }

  const end = findEnd();
  const count = u16(end + 10);
  let entry = u32(end + 16);
  if (u16(end + 4) !== 0 || u16(end + 6) !== 0 || u16(end + 8) !== count)
    throw problem('it is one part of several');
  if (count > maxFiles) throw problem(`it holds ${count} files; a report has a few dozen`);
  if (entry + u32(end + 12) !== end) throw problem('its list of files is not where it should be');
  const files = new Map<string, Uint8Array>();
  let unpackedBytes = 0;
  for (let index = 0; index < count; index += 1) {
    if (entry + 46 > end || u32(entry) !== 0x02014b50) throw problem('its list of files is broken');
    const nameBytes = u16(entry + 28);
    const next = entry + 46 + nameBytes + u16(entry + 30) + u16(entry + 32);
    if (next > end) throw problem('its list of files is broken');
    const name = nameAt(entry + 46, nameBytes);
    const [method, packedBytes, size, local] = [
      u16(entry + 10),
      u32(entry + 20),
      u32(entry + 24),
      u32(entry + 42),
    ];
    if ((u16(entry + 8) & 1) === 1) throw problem('it is encrypted', name);
    if (method !== 0 && method !== 8) throw problem('it is packed in an unknown way', name);
    unpackedBytes += size;
    if (unpackedBytes > maxUnpackedBytes)
      throw problem(`it unpacks to more than ${maxUnpackedBytes / 1024 / 1024} MB`, name);
    if (local + 30 > entry || u32(local) !== 0x04034b50)
      throw problem('its content is not where it should be', name);
    const from = local + 30 + u16(local + 26) + u16(local + 28);
    if (from + packedBytes > end) throw problem('its content is cut off', name);
    if (nameAt(local + 30, u16(local + 26)) !== name) throw problem('it has two names', name);
    if (files.has(name)) throw problem('it is there twice', name);
    if (method === 0 && packedBytes !== size) throw problem('its size is not what it says', name);
    const packed = archive.subarray(from, from + packedBytes);
    const isFolder = name.endsWith('/') && size === 0;
    if (!isFolder) files.set(name, method === 0 ? packed : await unpack(packed, size, name));
    entry = next;
  }
  if (entry !== end) throw problem('its list of files is broken');
  const commentAt = end + endBytes;
  return {
    files,
    sealed: archive.subarray(0, commentAt),
    comment: String.fromCharCode(...archive.subarray(commentAt, commentAt + 1000)),
  };
}
