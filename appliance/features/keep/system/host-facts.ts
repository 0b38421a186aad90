import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, hostname, loadavg, release, totalmem, uptime } from 'node:os';
import type { Clock } from '../../../core/clock.ts';
import type { SystemFacts } from './schema.ts';

/** Reading sensors starts small processes; once in this time is enough for a page that refreshes. */
const sensorEveryMs = 10_000;

interface Sensors {
  readAtMs: number;
  temperatureCelsius: number | null;
}

/** What the machine says about itself. Facts that cannot be read are null, never an error. */
export class HostFacts {
  readonly #clock: Clock;
  #identity: Promise<{ model: string | null; system: string }> | null = null;
  #sensors: Sensors | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(): Promise<SystemFacts['host']> {
    this.#identity ??= readIdentity();
    const { model, system } = await this.#identity;
    return {
      name: hostname(),
      model,
      architecture: arch(),
      system,
      kernel: release(),
      uptimeSeconds: Math.round(uptime()),
      cpus: availableParallelism(),
      load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
      memoryBytes: totalmem(),
      memoryAvailableBytes: await readAvailableMemory(),
      temperatureCelsius: await this.#temperature(),
    };
  }

  async #temperature(): Promise<number | null> {
    const now = this.#clock.monoMs();
    if (this.#sensors === null || now - this.#sensors.readAtMs > sensorEveryMs) {
      this.#sensors = { readAtMs: now, temperatureCelsius: await readTemperature() };
    }
    return this.#sensors.temperatureCelsius;
  }
}

export async function readDisk(folder: string): Promise<SystemFacts['disk']> {
  const { bsize, blocks, bavail } = await statfs(folder);
  return { folder, totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

/** Hottest CPU sensor in °C; null where the machine has none. */
export async function readTemperature(): Promise<number | null> {
  const { cpuTemperature } = await loadInformation();
  const { main, max } = await cpuTemperature();
  return main ?? max ?? null;
}

/** What new programs can get without swapping; the kernel's own estimate. */
export async function readAvailableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

async function readIdentity(): Promise<{ model: string | null; system: string }> {
  const { system, osInfo } = await loadInformation();
  const [machine, os] = await Promise.all([system(), osInfo()]);
  const words = [machine.manufacturer, machine.model].filter((word) => word !== '' && word !== 'unknown');
  return { model: words.length === 0 ? null : words.join(' '), system: `${os.distro} ${os.release}`.trim() };
}

/** 3 MB and 80 ms of start time that a service nobody asks for its host does not pay. */
async function loadInformation() {
  return (await import('systeminformation')).default;
}
