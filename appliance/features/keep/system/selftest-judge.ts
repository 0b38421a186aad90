import type { EngineReport, Measured } from './selftest-measure.ts';
import type { PeerTruth } from './selftest-peer.ts';

export interface Instrument {
  name: string;
  /** What was done to it, in words. */
  injected: string;
  found: string;
  /** Ours minus the truth, ms; null where the row compares counts. */
  errorMs: number | null;
  limitMs: number | null;
  isGood: boolean;
}

/**
 * The peer waits in user space, so its own wake-up (some 100 µs on a small board) is in the error; a real fault of the
 * instrument, such as user-space stamps on a busy box, is several times larger.
 */
const delayLimitMs = 1;
const pathLimitMs = 1;
/** Exchanges that one end had ended at the end of the run and the other had not: a timeout of 400 ms at 50 ms. */
const endSlack = 10;

/** Compares what the engine reported with what the peer did. */
export function judge(report: EngineReport, truth: PeerTruth, icmpIntervalMs: number): Instrument[] {
  // The last queries may have been cut off by the end of the run on either side: compare what both ended.
  const dns = report.dns.slice(0, truth.heldMs.length);
  const held = truth.heldMs.slice(0, dns.length);
  return [
    judgeDelay(dns, held),
    judgeLoss(report.dns, truth.heldMs),
    judgePath(report, truth),
    ...judgeCut(report.icmp, truth, icmpIntervalMs),
    judgeRing(report),
  ];
}

function judgeDelay(dns: readonly Measured[], held: readonly (number | null)[]): Instrument {
  const errors = dns.flatMap(({ rttMs }, at) => {
    const trueMs = held[at];
    return rttMs === null || trueMs == null ? [] : [rttMs - trueMs];
  });
  const errorMs = median(errors);
  const known = held.filter((each) => each !== null);
  return {
    name: 'Delay (DNS)',
    injected: `${median(known).toFixed(3)} ms, ${errors.length} times`,
    found: `${(median(known) + errorMs).toFixed(3)} ms`,
    errorMs,
    limitMs: delayLimitMs,
    isGood: errors.length > 0 && Math.abs(errorMs) <= delayLimitMs,
  };
}

function judgeLoss(allDns: readonly Measured[], allHeld: readonly (number | null)[]): Instrument {
  const count = Math.min(allDns.length, allHeld.length);
  const [dns, held] = [allDns.slice(0, count), allHeld.slice(0, count)];
  const injected = held.filter((each) => each === null).length;
  const found = dns.filter(({ outcome }) => outcome !== 'ok').length;
  const isSame = dns.every(({ outcome }, at) => (outcome === 'ok') === (held[at] !== null));
  const isWhole = count > 0 && Math.abs(allDns.length - allHeld.length) <= endSlack;
  const remark = !isWhole
    ? `, but ${allDns.length} were sent and ${allHeld.length} arrived`
    : isSame
      ? ', the same ones'
      : ', but not the same ones';
  return {
    name: 'Loss (DNS)',
    injected: `${injected} of ${held.length}`,
    found: `${found} of ${dns.length}${remark}`,
    errorMs: null,
    limitMs: null,
    isGood: isSame && isWhole,
  };
}

/** The bare path between two namespaces takes microseconds: what is measured there is our own cost. */
function judgePath({ icmp, isKernelStamped }: EngineReport, { cutMs }: PeerTruth): Instrument {
  const outside = icmp.filter(
    ({ sentMonoMs }) => sentMonoMs < cutMs.from - 100 || sentMonoMs > cutMs.to + 100,
  );
  const times = outside.map(({ rttMs }) => rttMs).filter((rtt) => rtt !== null);
  const lost = outside.length - times.length;
  const errorMs = median(times);
  return {
    name: 'Bare path (ICMP)',
    injected: `0 ms, ${outside.length} times`,
    found: `${errorMs.toFixed(3)} ms, ${lost} lost, ${isKernelStamped ? 'kernel' : 'user-space'} stamps`,
    errorMs,
    limitMs: pathLimitMs,
    isGood: times.length > 0 && lost === 0 && errorMs <= pathLimitMs,
  };
}

/** A cut is found by the first and last exchange that it swallowed: exact to one interval, no better. */
function judgeCut(icmp: readonly Measured[], { cutMs }: PeerTruth, intervalMs: number): Instrument[] {
  const lost = icmp.filter(({ outcome }) => outcome !== 'ok');
  const limitMs = intervalMs + 5;
  const row = (name: string, at: number, found: number | undefined): Instrument => ({
    name,
    injected: `after ${seconds(at - (icmp[0]?.sentMonoMs ?? at))} s`,
    found: found === undefined ? 'not found' : `after ${seconds(found - (icmp[0]?.sentMonoMs ?? found))} s`,
    errorMs: found === undefined ? null : found - at,
    limitMs,
    isGood: found !== undefined && Math.abs(found - at) <= limitMs,
  });
  const end = lost.at(-1);
  return [
    row('Start of an outage', cutMs.from, lost[0]?.sentMonoMs),
    row('End of an outage', cutMs.to, end === undefined ? undefined : end.sentMonoMs + intervalMs),
  ];
}

function judgeRing({ overruns, icmp, dns }: EngineReport): Instrument {
  return {
    name: 'Accounting',
    injected: `${icmp.length + dns.length} exchanges`,
    found: overruns === 0 ? 'every one reported' : `${overruns} lost inside the box`,
    errorMs: null,
    limitMs: null,
    isGood: overruns === 0,
  };
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
