import type { RawShot, RawTarget } from '../../native/index.d.ts';
import { AppError } from '../core/errors.ts';
import type { OneShot, ProbeTarget } from '../core/probing.ts';
import { checkAddress } from './address.ts';

/** Codes of `enum probe_kind` in native/src/engine.h, in order. */
const kinds = ['icmp', 'tcp', 'dns', 'udp'] as const;

const bounds = {
  intervalMs: { minimum: 20, maximum: 3_600_000 },
  timeoutMs: { minimum: 10, maximum: 60_000 },
  /** The engine's token needs 18 bytes; 9000 is a jumbo frame. */
  sizeBytes: { minimum: 18, maximum: 8972 },
  ttl: { minimum: 1, maximum: 255 },
  port: { minimum: 1, maximum: 65_535 },
  flow: { minimum: 0, maximum: 65_535 },
} as const;

function refuse(address: string, why: string): never {
  throw new AppError('TARGET_INVALID', `${address}: ${why}`, { status: 400 });
}

function checkNumbers(address: string, given: Partial<Record<keyof typeof bounds, number>>): void {
  for (const [name, value] of Object.entries(given)) {
    const bound = bounds[name as keyof typeof bounds]; // the caller names only keys of `bounds`
    if (value === undefined) continue;
    if (!Number.isFinite(value) || value < bound.minimum || value > bound.maximum) {
      refuse(address, `${name} is ${value}, allowed is ${bound.minimum} to ${bound.maximum}.`);
    }
  }
}

function checkCommon(given: OneShot | ProbeTarget): void {
  checkAddress(given.address, given.family);
  if (given.sourceAddress !== undefined) checkAddress(given.sourceAddress, given.family);
  if (given.interfaceName !== undefined && !/^[^\s/]{1,15}$/.test(given.interfaceName)) {
    refuse(given.address, `"${given.interfaceName}" cannot be the name of an interface.`);
  }
  const { timeoutMs, ttl, port } = given;
  checkNumbers(given.address, {
    timeoutMs,
    ...(ttl === undefined ? {} : { ttl }),
    ...(port === undefined ? {} : { port }),
  });
  if (given.kind === 'dns') {
    // RFC 1035 §4.1.1: a header is 12 bytes; 512 is what fits without EDNS.
    const length = given.query?.length ?? 0;
    if (length < 12 || length > 512)
      refuse(given.address, `a DNS query has 12 to 512 bytes, this has ${length}.`);
  }
}

/** Checks a target and puts it into the addon's words. Throws AppError `TARGET_INVALID` naming what is wrong. */
export function rawTarget(target: ProbeTarget): RawTarget {
  checkCommon(target);
  const { address, intervalMs, sizeBytes } = target;
  checkNumbers(address, { intervalMs, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  return { ...target, kind: kinds.indexOf(target.kind) };
}

/** The same for a single probe. */
export function rawShot(shot: OneShot): RawShot {
  checkCommon(shot);
  const { address, sizeBytes, flow } = shot;
  if (shot.kind === 'icmp' && sizeBytes !== undefined) checkNumbers(address, { sizeBytes });
  if (sizeBytes !== undefined && (sizeBytes < 0 || sizeBytes > bounds.sizeBytes.maximum)) {
    refuse(address, `sizeBytes is ${sizeBytes}, allowed is 0 to ${bounds.sizeBytes.maximum}.`);
  }
  if (flow !== undefined) checkNumbers(address, { flow });
  return { ...shot, kind: kinds.indexOf(shot.kind) };
}
