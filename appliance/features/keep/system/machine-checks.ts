import { resolve } from 'node:path';
import { advice, type Check, ok, sayBytes, unknown, wrong } from './finding.ts';
import type { Machine } from './machine.ts';

/** A year of ten targets is about this much; below the second the store stops writing. */
const comfortableBytes = 500e6;
const leastBytes = 50e6;
const leastMemoryBytes = 64e6;
/** A Raspberry Pi slows down from 80 °C. */
const hotCelsius = 80;
/** An SD card that needs longer for 4 kB is worn or full. */
const slowWriteMs = 1000;

/** Where a checkout builds the engine. */
export const addonFolder = resolve(import.meta.dirname, '../../../../native');

/** What can be found out without the service: the disk, the files, the machine. */
export function machineChecks(machine: Machine, dataFolder: string, addonFolder: string): readonly Check[] {
  return [
    { id: 'disk-write', title: 'Writing to the data folder', run: () => checkWrite(machine, dataFolder) },
    { id: 'disk-space', title: 'Free space', run: () => checkSpace(machine, dataFolder) },
    {
      id: 'file-permissions',
      title: 'Who may read the data',
      run: () => checkPermissions(machine, dataFolder),
    },
    { id: 'memory', title: 'Free memory', run: () => checkMemory(machine) },
    { id: 'temperature', title: 'Temperature', run: () => checkTemperature(machine) },
    { id: 'power', title: 'Power supply', run: () => checkPower(machine) },
    { id: 'addon', title: 'Probing engine file', run: () => checkAddon(machine, addonFolder) },
  ];
}

async function checkWrite(machine: Machine, folder: string) {
  if ((await machine.files(folder)) === null) {
    return wrong(
      `${folder} does not exist or cannot be read`,
      'Start the service once, or name the right folder with --data.',
    );
  }
  const result = await machine.tryWrite(folder);
  if ('error' in result) {
    const fix =
      result.error === 'ENOSPC'
        ? 'Free some space, or set retention.maxMb lower.'
        : result.error === 'EROFS'
          ? 'The file system is read-only, which a failing SD card causes: look at `dmesg`, replace the card.'
          : `Give the folder to the user of the service: sudo chown -R ist: ${folder}`;
    return wrong(`${folder} cannot be written (${result.error})`, fix);
  }
  const took = `4 kB are safe on disk after ${Math.max(1, Math.round(result.tookMs))} ms`;
  if (result.tookMs <= slowWriteMs) return ok(took);
  return advice(took, 'That is slow. A worn SD card does this: use an endurance card or a USB disk.');
}

async function checkSpace(machine: Machine, folder: string) {
  const space = await machine.space(folder);
  if (space === null) return unknown(`nothing is known of ${folder}`);
  const found = `${sayBytes(space.freeBytes)} of ${sayBytes(space.totalBytes)} free`;
  const fix = 'Remove what is not needed, or set retention.maxMb lower.';
  if (space.freeFiles === 0) return wrong(`${found}, but no more files can be made`, fix);
  if (space.freeBytes < leastBytes) return wrong(found, fix);
  return space.freeBytes < comfortableBytes ? advice(found, fix) : ok(found);
}

async function checkPermissions(machine: Machine, folder: string) {
  const files = await machine.files(folder);
  if (files === null) return unknown(`${folder} cannot be read`);
  const open = files.filter(({ name, mode }) => name !== '.' && (mode & 0o007) !== 0);
  const root = files.find(({ name }) => name === '.');
  // A closed folder keeps everybody out, whatever the files inside say.
  if (root !== undefined && (root.mode & 0o007) !== 0 && open.length > 0) {
    return advice(
      `every user of the box can reach ${open.length} files in ${folder}`,
      `sudo chmod -R o= ${folder}`,
    );
  }
  const strangers = files.filter(({ uid }) => uid !== machine.uid);
  if (machine.uid !== 0 && strangers.length > 0) {
    const [first] = strangers;
    return wrong(
      `${strangers.length} files belong to another user, for example ${first?.name}`,
      `Someone ran the service as root once: sudo chown -R ${machine.uid}:${machine.gid} ${folder}`,
    );
  }
  return ok('only the user of the service');
}

async function checkMemory(machine: Machine) {
  const text = (await machine.readText('/proc/meminfo')) ?? '';
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) * 1024;
  if (Number.isNaN(available)) return unknown('/proc/meminfo does not say');
  const found = `${sayBytes(available)} free for programs`;
  return available < leastMemoryBytes ? advice(found, 'Stop other programs, or add swap (zram).') : ok(found);
}

async function checkTemperature(machine: Machine) {
  const celsius = await machine.temperatureCelsius();
  if (celsius === null) return ok('this machine has no sensor');
  const found = `${Math.round(celsius)} °C`;
  return celsius < hotCelsius
    ? ok(found)
    : advice(found, 'The CPU slows down when hot: give it air or a heat sink.');
}

/** Raspberry Pi firmware: bit 0 under-voltage now, bit 16 since boot. */
async function checkPower(machine: Machine) {
  const text = await machine.readText('/sys/devices/platform/soc/soc:firmware/get_throttled');
  if (text === null) return ok('this machine does not measure it');
  const bits = Number.parseInt(text, 16);
  const fix = 'Use the official power supply and a short cable: under-voltage corrupts SD cards.';
  if ((bits & 0x1) !== 0) return wrong('the voltage is too low now', fix);
  return (bits & 0x10000) !== 0
    ? advice('the voltage was too low since the last boot', fix)
    : ok('steady since the last boot');
}

async function checkAddon(machine: Machine, folder: string) {
  const built = await machine.newestChangeMs(`${folder}/build/Release`);
  if (built === null) {
    return wrong(
      'the engine is not built',
      'Run `npm run build` in the checkout; it needs g++, make and python3.',
    );
  }
  const source = await machine.newestChangeMs(`${folder}/src`);
  if (source !== null && source > built) {
    return advice('the engine is older than its source', 'Run `npm run build`, then restart the service.');
  }
  return ok('built and as new as its source');
}

/** May this user ping? For when the service cannot be asked. */
export function pingPermission(machine: Machine): Check {
  return {
    id: 'icmp',
    title: 'Right to ping',
    async run() {
      const status = (await machine.readText('/proc/self/status')) ?? '';
      const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
      if ((capabilities >> 13n) & 1n) return ok('raw ICMP (CAP_NET_RAW)'); // capability(7): CAP_NET_RAW is 13
      const range = (await machine.readText('/proc/sys/net/ipv4/ping_group_range')) ?? '';
      const [least = 1, most = 0] = range.trim().split(/\s+/).map(Number);
      if (machine.gid >= least && machine.gid <= most) return advice('unprivileged ICMP sockets', rawAdvice);
      return wrong('this user may not ping; only TCP and DNS would be measured', socketAdvice);
    },
  };
}

export const socketAdvice =
  'Allow it: sudo sysctl net.ipv4.ping_group_range="0 2147483647" (and put the line into /etc/sysctl.d/), or start the service with CAP_NET_RAW.';
export const rawAdvice =
  'Good enough. Raw ICMP also sees who sent an error: start the service with it (in a systemd unit: AmbientCapabilities=CAP_NET_RAW).';
