import { monthly, type OutsideService } from '../../../core/calling.ts';

/** Routers between here and an anchor, and questions to each of them in one trace; what a question and its answer weigh. */
const trace = { hops: 12, questions: 2, bytes: 150 } as const;
/** One packet of full size in ten seconds, and its answer, in each family. */
const fullSize = { bytes: 2 * 1500, everyMs: 10_000 } as const;
/** Two routers in each family, one ping a second. */
const transit = { routers: 2, bytes: 2 * 84, everyMs: 1000 } as const;
const families = 2;

export const pathServices: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'routers',
    name: 'Routers on the way',
    purpose: 'Show the path to every target and where on it packets are lost or too large',
    learns: 'The public address of this house, as with every packet that they forward',
    protocol: 'ICMP or UDP packets that end on the way, packets of full size, pings',
    setting: 'path',
    hosts: () => ['the routers between this house and the targets, found by tracing'],
    bytesPerMonth: ({ lines, targets, path }) => {
      const traces = targets.length * families * trace.hops * trace.questions * trace.bytes;
      const pings = transit.routers * families * transit.bytes;
      const perLine =
        monthly(traces, path.intervalMinutes * 60_000) +
        monthly(pings, transit.everyMs) +
        monthly(fullSize.bytes * families, fullSize.everyMs);
      return lines.length * perLine;
    },
  },
  {
    kind: 'service',
    id: 'asnLookup',
    name: 'Team Cymru',
    purpose: 'Says to whom the routers on the path belong',
    learns: 'The public addresses of those routers, asked for by your name server',
    protocol: 'DNS, through your name server',
    hosts: ['*.asn.cymru.com'],
    // A hundred routers, each of them remembered for a month: two questions of 75 bytes and answers of 150.
    bytesPerMonth: 50_000,
  },
];
