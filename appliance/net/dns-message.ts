import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import { AppError, messageOf } from '../core/errors.ts';

/** Bit in the header's second word (RFC 1035 §4.1.1): please ask others. */
const recursionDesired = 0x0100;
/** What every resolver and path takes since the DNS flag day of 2020. */
const udpPayloadBytes = 1232;

/** RFC 1035 §2.3.4: labels of 1 to 63 bytes, 255 in all. The library encodes longer ones into rubbish. */
function isName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  if (name === '.') return true;
  return name.length <= 253 && labels.every((label) => label.length > 0 && Buffer.byteLength(label) <= 63);
}

/** A query for one name, RFC 1035 §4.1 with EDNS (RFC 6891). The id is 0: the engine writes a fresh one. */
export function buildQuery(name: string, type: RecordType = 'A'): Uint8Array {
  if (!isName(name)) {
    throw new AppError('QUERY_INVALID', `No DNS query can be made for ${name}: it is not a domain name.`, {
      status: 400,
    });
  }
  try {
    return encode({
      type: 'query',
      id: 0,
      flags: recursionDesired,
      questions: [{ type, name }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: udpPayloadBytes,
          flags: 0,
          extendedRcode: 0,
          ednsVersion: 0,
          flag_do: false,
          options: [],
        },
      ],
    });
  } catch (cause) {
    throw new AppError('QUERY_INVALID', `No DNS query can be made for ${name}: ${messageOf(cause)}`, {
      status: 400,
      cause,
    });
  }
}

export interface DnsReply {
  /** Low four bits of the header and the OPT record's part: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN. */
  rcode: number;
  isTruncated: boolean;
  /** Text of the answers of the kinds A, AAAA, CNAME, PTR, NS and TXT. */
  answers: { name: string; type: string; data: string; ttlSeconds: number }[];
}

/** Reads a reply; null when the bytes are no DNS message. */
export function readReply(bytes: Uint8Array): DnsReply | null {
  let packet: DecodedPacket;
  try {
    packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return null; // anything can stand in a datagram
  }
  const answers = (packet.answers ?? []).flatMap((answer) => {
    const ttlSeconds = 'ttl' in answer ? (answer.ttl ?? 0) : 0;
    const data = 'data' in answer && typeof answer.data === 'string' ? answer.data : null;
    return data === null ? [] : [{ name: answer.name, type: answer.type, data, ttlSeconds }];
  });
  return { rcode: (packet.flags ?? 0) & 0x0f, isTruncated: packet.flag_tc, answers };
}
