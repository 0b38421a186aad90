/** The box of the replay: what it is, and by what it is known. */
import type {
  TlsAuthority,
  TlsCertificate,
  TlsStatus,
} from '../../appliance/features/keep/certificate/schema.ts';
import type { SystemFacts } from '../../appliance/features/keep/system/schema.ts';

const day = 86_400_000;
const startedMs = Date.now();
const iso = (ms: number) => new Date(ms).toISOString();
/** A fingerprint in the form of browsers, of 32 bytes that follow from the first. */
const fingerprint = (first: number) =>
  Array.from({ length: 32 }, (_, index) =>
    ((first + index * 37) % 256).toString(16).padStart(2, '0').toUpperCase(),
  ).join(':');

const certificate: TlsCertificate = {
  subject: 'home.local',
  issuer: 'Home (Internet Stability Tracker)',
  names: ['home.local', '192.168.1.2'],
  uncovered: [],
  fingerprint: fingerprint(61),
  startsAt: iso(startedMs - 20 * day),
  endsAt: iso(startedMs + 180 * day),
  daysLeft: 180,
};

const authority: TlsAuthority = {
  name: 'Home (Internet Stability Tracker)',
  fingerprint: fingerprint(142),
  startsAt: iso(startedMs - 20 * day),
  endsAt: iso(startedMs + 3600 * day),
  allowed: ['home.local', '192.168.1.0/24'],
};

export const tls: TlsStatus = {
  wanted: 'local',
  inUse: 'local',
  notice: null,
  problem: null,
  certificate,
  authority,
};

export function systemOf(nowMs: number): SystemFacts {
  return {
    at: iso(nowMs),
    host: {
      name: 'ist',
      model: 'Raspberry Pi 4 Model B Rev 1.5',
      architecture: 'arm64',
      system: 'Debian GNU/Linux 13',
      kernel: '6.12.47',
      uptimeSeconds: 1_728_000,
      cpus: 4,
      load1: 0.08,
      memoryBytes: 4_000_000_000,
      memoryAvailableBytes: 3_400_000_000,
      temperatureCelsius: 46.2,
    },
    disk: { folder: '/var/lib/ist', totalBytes: 31_000_000_000, freeBytes: 24_000_000_000 },
    versions: { ist: '0.1.0', node: process.versions.node, openssl: process.versions.openssl },
    process: {
      pid: 512,
      uptimeSeconds: 86_400,
      rssBytes: 118_000_000,
      heapBytes: 31_000_000,
      cpuSeconds: 610,
      eventLoopDelayP99Ms: 11,
    },
    engine: {
      icmp: 'socket',
      isRealtime: true,
      targets: 8,
      sent: 691_200,
      received: 690_800,
      timeouts: 400,
      errors: 0,
      late: 2,
      duplicates: 0,
      skipped: 0,
      inFlight: 1,
      overruns: 0,
      strangers: 0,
      cpuMs: 41_000,
    },
    store: {
      state: 'ok',
      message: null,
      wasUnclean: false,
      recovered: [],
      lastCommitAt: iso(nowMs - 60_000),
      pendingPackets: 12,
      droppedPackets: 0,
      measurementBytes: 210_000_000,
      stateBytes: 4_000_000,
    },
  };
}
