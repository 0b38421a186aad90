import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { finish } from '../lab/processes.ts';
import { NotMeasured } from './case.ts';

/** A fresh ext4 on a loop device, so that the kernel counts what really reaches a block device. */
export class LoopDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #image: string;
  readonly #device: string;

  private constructor(folder: string, image: string, device: string) {
    this.folder = folder;
    this.#image = image;
    this.#device = device;
  }

  static async mount(scratch: string, sizeMb: number): Promise<LoopDisk> {
    const image = path.join(scratch, `disk-${process.pid}.img`);
    const folder = path.join(scratch, `disk-${process.pid}`);
    await mkdir(folder, { recursive: true });
    await must(['truncate', '-s', `${sizeMb}M`, image]);
    // Lazy initialisation would go on writing in the background and be counted as ours.
    await must(['mkfs.ext4', '-qF', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
    const device = (await must(['losetup', '--find', '--show', image])).trim();
    try {
      await must(['mount', '-o', 'noatime', device, folder]);
    } catch (error) {
      await finish(['losetup', '-d', device]);
      throw error;
    }
    const disk = new LoopDisk(folder, image, device);
    await disk.written();
    return disk;
  }

  /** Since the device was made, after everything in flight is on it. */
  async written(): Promise<{ bytes: number; operations: number }> {
    await must(['sync', '-f', this.folder]);
    // Documentation/block/stat.rst: fields 5 and 7 are write requests and sectors of 512 bytes.
    const fields = (await readFile(`/sys/block/${path.basename(this.#device)}/stat`, 'utf8'))
      .trim()
      .split(/\s+/);
    return { operations: Number(fields[4]), bytes: Number(fields[6]) * 512 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { code, stderr } = await finish(['umount', this.folder]);
      if (code === 0 || stderr.includes('not mounted')) break;
      await delay(100); // a file is still being closed
    }
    await finish(['losetup', '-d', this.#device]);
    await rm(this.#image, { force: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function must(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await finish(argv);
  if (code !== 0) throw new NotMeasured(`${argv[0]} refused: ${stderr.trim()}`);
  return stdout;
}
