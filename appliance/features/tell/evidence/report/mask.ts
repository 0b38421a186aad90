import { isIPv6 } from 'node:net';
import type { PathTrace } from '../../../watch/path/schema.ts';
import { canonicalJson } from '../check/canonical-json.ts';
import { attachmentsOf, type IncidentRecord } from '../incident-record.ts';
import type { ReportMatter } from './matter.ts';

const ipv4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
/** Anything with colons in it; `isIPv6` decides. Times of day are not among them. */
const colons = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:.])(?:%[\w.-]+)?/gi;
const hardware = /(?<![\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])/gi;
/** RFC 1918, RFC 3927, RFC 6598 and, for IPv6, RFC 4193 and link-local. */
const isPrivate = (address: string) =>
  /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cd]|^fe[89ab]/i.test(
    address,
  );
const isHomeSegment = (segment: string | null) => segment === 'lan' || segment === 'gateway';

/**
 * The same without the last parts of the addresses of the home: private ones, those of its devices, and every public
 * address that is not known to belong to a router or a target outside. Each keeps a number, so that two stay two.
 */
export async function maskHome(matter: ReportMatter): Promise<ReportMatter> {
  const outside = addressesOutside(matter);
  const numbers = new Map<string, number>();
  const numberOf = (address: string) => {
    const known = numbers.get(address) ?? numbers.size + 1;
    numbers.set(address, known);
    return `x${known}`;
  };
  const isHome = (address: string) => !outside.has(address.toLowerCase());
  const maskText = (text: string) =>
    text
      .replace(hardware, (mac) => `${mac.slice(0, 9)}${numberOf(mac)}`)
      .replace(ipv4, (address) => {
        if (!isHome(address)) return address;
        const kept = address.split('.').slice(0, isPrivate(address) ? 3 : 2);
        return `${kept.join('.')}.${numberOf(address)}`;
      })
      .replace(colons, (found) => {
        const [address = ''] = found.split('%');
        if (!isIPv6(address) || !isHome(address)) return found;
        const kept = isPrivate(address) ? 1 : 2;
        return `${address.split(':').slice(0, kept).join(':')}::${numberOf(address)}`;
      });
  const { nonce: _, ...record } = matter.record;
  const { record: maskedRecord, ...masked } = mapText(maskText, {
    // The hashes of what was measured would let anyone try which addresses fit.
    record: { ...withoutHomeNames(record), attached: {} },
    detail: {
      ...matter.detail,
      traces: {
        before: matter.detail.traces.before.map(withoutNames),
        during: matter.detail.traces.during.map(withoutNames),
        after: matter.detail.traces.after.map(withoutNames),
      },
    },
    targets: matter.targets.map((target) =>
      target.segment === 'lan' ? { ...target, name: 'Device of the house' } : target,
    ),
  });
  return {
    ...matter,
    ...masked,
    attachments: await attachmentsOf(maskedRecord, masked.detail, true),
    record: maskedRecord,
    recordText: canonicalJson(maskedRecord),
    points: matter.points.map((points) => ({ ...points, target: maskText(points.target) })),
    // A link cannot be masked without breaking it, so one that names an address of the home stays at home.
    links: matter.links.filter(({ payload }) => maskText(payload) === payload),
    isAnonymous: true,
  };
}

function addressesOutside({ targets, record, detail }: ReportMatter): Set<string> {
  const { before, during, after } = detail.traces;
  const traces = [...before, ...during, ...after];
  const hops = traces.flatMap(({ hops }) => hops);
  const members = [...targets, ...record.outages.flatMap(({ evidence }) => evidence.nodes)];
  const isHomeHop = ({ segment, ttl }: PathTrace['hops'][number]) =>
    isHomeSegment(segment) || (segment === null && ttl === 1);
  const at = (address: string | null) => (address === null ? [] : [address]);
  const outside = new Set([
    ...members.filter(({ segment }) => !isHomeSegment(segment)).flatMap(({ address }) => at(address)),
    ...traces.map(({ address }) => address),
    ...hops.filter((hop) => !isHomeHop(hop)).flatMap(({ addresses }) => addresses),
    ...detail.names.flatMap(({ answers, server }) => [...answers, server.replace(/^\w+:\/\//, '')]),
  ]);
  const isProvider = ({ segment }: { segment: string | null }) => segment === 'isp' || segment === 'transit';
  const provider = new Set([
    ...members.filter(isProvider).flatMap(({ address }) => at(address)),
    ...hops.filter(isProvider).flatMap(({ addresses }) => addresses),
  ]);
  // A provider may number its routers from private ranges; anybody else with such an address is at home.
  for (const address of outside) if (isPrivate(address) && !provider.has(address)) outside.delete(address);
  // Whoever is at home in one place is at home everywhere.
  for (const { segment, address } of members) if (isHomeSegment(segment) && address) outside.delete(address);
  for (const hop of hops.filter(isHomeHop)) for (const address of hop.addresses) outside.delete(address);
  return new Set([...outside].map((address) => address.toLowerCase()));
}

/** What routers and devices of the house are called says whose house it is. */
function withoutNames(trace: PathTrace): PathTrace {
  const isAtHome = ({ segment, ttl, addresses }: PathTrace['hops'][number]) =>
    isHomeSegment(segment) || (segment === null && (ttl === 1 || addresses.some(isPrivate)));
  const hops = trace.hops.map((hop) => (isAtHome(hop) ? { ...hop, name: null } : hop));
  return { ...trace, hops };
}

function withoutHomeNames(record: IncidentRecord): IncidentRecord {
  const outages = record.outages.map((outage) => ({
    ...outage,
    evidence: {
      ...outage.evidence,
      nodes: outage.evidence.nodes.map((node) =>
        node.segment === 'lan' ? { ...node, name: 'Device of the house' } : node,
      ),
    },
  }));
  return { ...record, outages };
}

/** The same value with every text in it changed; long columns of numbers are kept as they are. */
function mapText<Value>(change: (text: string) => string, value: Value): Value {
  const map = (item: unknown): unknown => {
    if (typeof item === 'string') return change(item);
    if (typeof item !== 'object' || item === null) return item;
    if (!Array.isArray(item))
      return Object.fromEntries(Object.entries(item).map(([name, member]) => [name, map(member)]));
    const hasText = item.some(
      (member) => typeof member === 'string' || (typeof member === 'object' && member),
    );
    return hasText ? item.map(map) : item;
  };
  return map(value) as Value; // of the same shape
}
