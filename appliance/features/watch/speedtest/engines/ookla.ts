/** The program of Ookla, installed by the owner, who has accepted its licence: it is run and its answer read. */
import { execFile } from 'node:child_process';
import type { SpeedEngine, WholeResult } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import { isRecord, labelOf, numberOf, textOf } from './parse.ts';

const longestMs = 90_000;
const maxOutput = 262_144;

export const ookla: SpeedEngine = {
  name: 'ookla',
  service: 'ookla',
  takesServer: false,
  async find() {
    throw new EngineFailure('engine', 'the program of Ookla finds its servers itself', 'server');
  },
  async measure({ config }, _choice, { interfaceName }, signal) {
    const program = config.current.speedtest.ooklaProgram;
    if (program === null)
      throw new EngineFailure('no-server', 'speedtest.ooklaProgram names no program', 'server');
    const words = [
      '--format=json',
      '--progress=no',
      ...(interfaceName === null ? [] : ['--interface', interfaceName]),
    ];
    return parseOokla(await run(program, words, signal));
  },
};

function run(program: string, words: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((fulfil, reject) => {
    const options = { timeout: longestMs, maxBuffer: maxOutput, signal, killSignal: 'SIGKILL' as const };
    execFile(program, words, options, (error, stdout, stderr) => {
      if (error === null) return fulfil(stdout);
      const said = labelOf(stderr.trim().split('\n').at(-1)) ?? error.message;
      reject(signal.aborted ? signal.reason : new EngineFailure('engine', `${program}: ${said}`, 'download'));
    });
  });
}

/** Throws `EngineFailure` for an answer without both numbers: half of a test is none. */
export function parseOokla(text: string): WholeResult {
  const result = text
    .split('\n')
    .map(parseLine)
    .find((line) => line?.type === 'result');
  const [down, up] = [directionOf(result?.download), directionOf(result?.upload)];
  if (!result || down === null || up === null)
    throw new EngineFailure('garbage', 'the program of Ookla gave no result', 'download');
  const server = isRecord(result.server) ? result.server : {};
  const ping = isRecord(result.ping) ? result.ping : {};
  const address = isRecord(result.interface) ? result.interface : {};
  const lossPercent = numberOf(result.packetLoss);
  const internal = textOf(address.internalIp);
  return {
    server:
      [labelOf(server.name), labelOf(server.location)].filter((part) => part !== null).join(', ') || 'Ookla',
    host: labelOf(server.host),
    interfaceName: labelOf(address.name),
    family: internal === null ? null : internal.includes(':') ? 'ipv6' : 'ipv4',
    downMbps: down.mbps,
    downBytes: down.bytes,
    downSeconds: down.seconds,
    loadedDownMs: down.loadedMs,
    upMbps: up.mbps,
    upBytes: up.bytes,
    upSeconds: up.seconds,
    loadedUpMs: up.loadedMs,
    idleMs: numberOf(ping.latency),
    lossRatio: lossPercent === null ? null : lossPercent / 100,
  };
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null; // it also prints words
  }
}

function directionOf(value: unknown) {
  if (!isRecord(value)) return null;
  const [bytesPerSecond, bytes] = [numberOf(value.bandwidth), numberOf(value.bytes)];
  if (bytesPerSecond === null || bytes === null || bytesPerSecond === 0) return null;
  const latency = isRecord(value.latency) ? value.latency : {};
  return {
    mbps: (bytesPerSecond * 8) / 1e6,
    bytes: Math.round(bytes),
    seconds: (numberOf(value.elapsed) ?? 0) / 1000,
    loadedMs: numberOf(latency.iqm),
  };
}
