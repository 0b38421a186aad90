/** What a record says to people. No blame without evidence; technical names stay in the evidence. */
import { sayDuration } from '../../../core/durations.ts';
import { localTime } from '../../../core/local-time.ts';
import type { Verdict } from '../../../core/shapes.ts';
import type { BusyRecord, OutageRecord, RecordNode } from './records.ts';

export interface Wording {
  timezone: string;
  /** Named where there are several lines. */
  lineName: string | null;
  /** Epoch ms of a time of the record; null while the time of day is not known. */
  wallMs: ((ms: number) => number) | null;
}

/** Completes "Fault: …". */
export const faultWords: Record<Verdict, string> = {
  device: 'this box’s own cable, Wi-Fi or address',
  lan: 'the network at home',
  gateway: 'your router',
  access: 'the line to your provider',
  isp: 'your provider’s network',
  transit: 'the Internet beyond your provider',
  dns: 'the name servers',
  service: 'that one destination',
  ipv6: 'IPv6; IPv4 works',
  'captive-portal': 'a login page in between',
  unclear: 'not clear from what was measured',
};

export function recordText(record: OutageRecord, wording: Wording): string {
  const { endMs, startMs, lastMs } = record;
  const subject = wording.lineName === null ? 'The Internet' : `Line ${wording.lineName}`;
  const what = whatWords(record, subject, endMs !== null);
  const when = wording.wallMs ? whenWords(startMs, endMs, wording.wallMs, wording.timezone) : '';
  const length = sayDuration(Math.max(0, (endMs ?? lastMs) - startMs));
  const because = becauseOf(record)[0];
  const sentences = [
    `${what}${when} (${length}).`,
    ...(because === undefined ? [] : [because]),
    faultSentence(record),
  ];
  return sentences.join(' ');
}

function whatWords(
  { symptom, families, kind, target, segment }: OutageRecord,
  subject: string,
  isOver: boolean,
): string {
  const was = isOver ? 'was' : 'has been';
  const only = families.length === 1 ? ` by ${families[0] === 'ipv6' ? 'IPv6' : 'IPv4'}` : '';
  switch (symptom) {
    case 'no-answer':
      if (target !== null) return `${target} did not answer`;
      if (kind === 'degradation') return 'The hosts that are pinged did not answer';
      return segment === 'device' ? `This box ${was} cut off` : `${subject} ${was} down${only}`;
    case 'loss':
      return target === null ? `Packets were lost${only}` : `Packets to ${target} were lost`;
    case 'latency':
      return `Answers took longer than usual${only}`;
    case 'jitter':
      return `Answers came unevenly${only}`;
    case 'mtu':
      return `Large packets disappeared without a word${only}`;
    case 'names':
      return kind === 'outage'
        ? 'Names were not resolved'
        : `One name server did not do its work (${target ?? ''})`;
    case 'slow-names':
      return 'Names were resolved slowly';
    case 'portal':
      return 'Pages were answered by a login page';
  }
}

function whenWords(
  startMs: number,
  endMs: number | null,
  wallMs: (ms: number) => number,
  timezone: string,
): string {
  const from = localTime(wallMs(startMs), timezone);
  if (endMs === null) return ` since ${from}`;
  const isLong = endMs - startMs > 12 * 3_600_000;
  return isLong
    ? ` from ${localTime(wallMs(startMs), timezone, true)} to ${localTime(wallMs(endMs), timezone, true)}`
    : ` from ${from} to ${localTime(wallMs(endMs), timezone)}`;
}

function faultSentence({ verdict, candidates, decidedMs }: OutageRecord): string {
  if (decidedMs === null) return 'Whose fault it is shows in a moment.';
  if (verdict === 'unclear') {
    const possible = candidates.map((candidate) => faultWords[candidate]);
    return possible.length > 0
      ? `The evidence does not say whether it was ${possible.join(' or ')}.`
      : 'The evidence does not say whose fault it was.';
  }
  const others = candidates.filter((candidate) => candidate !== verdict);
  const also =
    others.length > 0 ? ` (${others.map((other) => faultWords[other]).join(' or ')} is not excluded)` : '';
  return `Fault: ${faultWords[verdict]}${also}.`;
}

/** Who answered and who did not, in sentences; the first one is the one to read. */
export function becauseOf(record: OutageRecord): string[] {
  const { symptom, cause, segment, nodes } = record;
  const sentences: string[] = [];
  if (segment === 'device' && cause !== null)
    return [linkWords[cause] ?? `The link was not whole (${cause}).`];
  if (symptom === 'names') sentences.push(nameWords[cause ?? ''] ?? `The name servers failed (${cause}).`);
  if (symptom === 'no-answer' || symptom === 'loss') {
    const isSilence = symptom === 'no-answer';
    const parts = [
      partWords(nodes, 'lan', 'another device of your house', isSilence),
      partWords(nodes, 'gateway', 'your router', isSilence),
      partWords(nodes, 'isp', 'your provider’s first router', isSilence),
      partWords(nodes, 'transit', 'the routers beyond it', isSilence),
      partWords(nodes, 'anchor', 'the hosts in the Internet', isSilence),
    ].filter((part) => part !== null);
    const isGatewayGood = parts.some(({ segment: own, isGood }) => own === 'gateway' && isGood);
    // The witness at home says something only where the router does not answer.
    const good = parts
      .filter(({ isGood, segment: own }) => isGood && (own !== 'lan' || !isGatewayGood))
      .map(({ who }) => who);
    const bad = parts.filter(({ isGood }) => !isGood).map(({ who }) => who);
    const verb = isSilence ? ['answered all the time', 'did not'] : ['lost next to nothing', 'did'];
    if (good.length > 0 && bad.length > 0)
      sentences.push(
        `${capital(list(good))} ${verb[0]}; ${bad[0]} ${verb[1]}${isSilence ? '' : ' lose packets'}.`,
      );
    else if (bad.length > 0 && isSilence) sentences.push(`${capital(list(bad.slice(0, 2)))} did not answer.`);
  }
  if (symptom === 'mtu') {
    const size = record.facts.find(({ name }) => name === 'full-size packet')?.value;
    sentences.push(
      `Small packets passed, those of ${size ?? 'full size'} vanished, and no router said that they are too big.`,
    );
  }
  return sentences;
}

const linkWords: Record<string, string> = {
  'no-interface': 'The network interface of this box was switched off.',
  'no-carrier': 'The cable or Wi-Fi of this box had no link.',
  'no-address': 'This box had no address.',
  'no-route': 'This box had no way out: its default route was missing.',
};

const nameWords: Record<string, string> = {
  timeout: 'The Internet answered all the time; the name servers did not answer.',
  servfail: 'The Internet answered all the time; the name servers answered that they cannot say (SERVFAIL).',
  nxdomain: 'The Internet answered all the time; the name servers denied names that exist.',
  refused: 'The Internet answered all the time; the name servers refused to answer.',
  empty: 'The Internet answered all the time; the name servers gave no addresses for names that have some.',
  wrong: 'The Internet answered all the time; the name servers gave addresses that cannot be true.',
};

function partWords(
  nodes: readonly RecordNode[],
  segment: RecordNode['segment'],
  who: string,
  isSilence: boolean,
): { who: string; segment: RecordNode['segment']; isGood: boolean } | null {
  const used = nodes.filter((node) => node.segment === segment && node.isUsed && node.sent > 0);
  if (used.length === 0) return null;
  const sent = used.reduce((sum, node) => sum + node.sent, 0);
  const lost = used.reduce((sum, node) => sum + node.lost, 0);
  return { who, segment, isGood: isSilence ? lost < sent / 2 : lost / sent < 0.02 };
}

const list = (parts: readonly string[]) =>
  parts.length <= 1 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function busyText(busy: BusyRecord, wording: Wording): string {
  const since = wording.wallMs ? whenWords(busy.startMs, busy.endMs, wording.wallMs, wording.timezone) : '';
  const added = `answers ${busy.endMs === null ? 'take' : 'took'} up to ${Math.round(busy.addedUs / 1000)} ms longer`;
  if (busy.source === 'inferred')
    return `The line ${busy.endMs === null ? 'is' : 'was'} full${since}: ${added}, as behind a queue. Whose traffic it is the box cannot see.`;
  const rates = [
    ...(busy.direction === 'up' ? [] : [`${mbps(busy.downBps)} Mbit/s down`]),
    ...(busy.direction === 'down' ? [] : [`${mbps(busy.upBps)} Mbit/s up`]),
  ].join(', ');
  const whose = busy.source === 'router' ? 'Your own traffic' : 'This box’s own traffic';
  return `${whose} ${busy.endMs === null ? 'fills' : 'filled'} the line${since} (${rates}): ${added}.`;
}

export const mbps = (bps: number) => Number((bps / 1e6).toPrecision(2));
