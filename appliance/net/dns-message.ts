import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import { cleanText } from '../core/clean-text.ts';
import { AppError, messageOf } from '../core/errors.ts';

/** Bit in the header's second word (RFC 1035 §4.1.1): please ask others. */
const recursionDesired = 0x0100;
/** RFC 1035 §4.1.1. */
const headerBytes = 12;
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

/** Bytes of the first question: name, type and class; 0 when it does not fit. */
function questionLength(bytes: Uint8Array): number {
  let at = headerBytes;
  for (let size = bytes[at] ?? 0; size > 0; size = bytes[at] ?? 0) {
    if (size > 63) return 0; // no pointer can stand in the first name of a message
    at += size + 1;
  }
  const end = at + 1 + 4;
  return end > bytes.length ? 0 : end - headerBytes;
}

const lower = (byte: number | undefined) =>
  byte !== undefined && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;

/**
 * Whether a message answers that query: its id, the bit that says so, and the same question (names without regard to
 * case, RFC 4343). Servers that leave the question out of a failure pass.
 */
export function isReplyTo(query: Uint8Array, reply: Uint8Array): boolean {
  if (reply.length < headerBytes || ((reply[2] ?? 0) & 0x80) === 0) return false;
  if (query[0] !== reply[0] || query[1] !== reply[1]) return false;
  const hasQuestion = reply[4] !== 0 || reply[5] !== 0;
  if (!hasQuestion) return ((reply[3] ?? 0) & 0x0f) !== 0;
  const length = questionLength(query);
  if (length === 0 || questionLength(reply) !== length) return false;
  const end = headerBytes + length;
  return query.subarray(headerBytes, end).every((byte, at) => lower(byte) === lower(reply[headerBytes + at]));
}

/** Of a TXT record: each of its strings has up to 255 bytes (RFC 1035 §3.3), and a few of them are one text. */
const maxTextBytes = 1024;

/** Addresses and names are text already; a TXT record is a list of byte strings that belong together. */
function textOf(data: unknown): string | null {
  const text =
    Array.isArray(data) && data.every((part) => Buffer.isBuffer(part)) ? Buffer.concat(data) : data;
  if (typeof text === 'string') return cleanText(text); // a label may hold any byte (RFC 2181 §11)
  return Buffer.isBuffer(text) ? cleanText(text.toString('utf8'), maxTextBytes) : null;
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
  // The library reads past the end of a message that breaks off, and makes addresses of what is not there.
  if (decode.bytes > bytes.length) return null;
  const answers = (packet.answers ?? []).flatMap((answer) => {
    const ttlSeconds = 'ttl' in answer ? (answer.ttl ?? 0) : 0;
    const data = 'data' in answer ? textOf(answer.data) : null;
    return data === null ? [] : [{ name: answer.name, type: answer.type, data, ttlSeconds }];
  });
  return { rcode: (packet.flags ?? 0) & 0x0f, isTruncated: packet.flag_tc, answers };
}
