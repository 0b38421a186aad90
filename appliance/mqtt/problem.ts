/** Why there is no connection, as a stable code and a sentence that names what to look at. */
import { messageOf } from '../core/errors.ts';

export interface LinkProblem {
  code:
    | 'name'
    | 'unreachable'
    | 'refused'
    | 'timeout'
    | 'tls'
    | 'credentials'
    | 'rejected'
    | 'closed'
    | 'silent'
    | 'too-large'
    | 'consent'
    | 'files';
  message: string;
}

/** Failures that do not pass by themselves; asking again soon is of no use. */
export const isLasting = ({ code }: LinkProblem) =>
  code === 'credentials' || code === 'rejected' || code === 'consent' || code === 'files';

const unreachable = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
]);
const broken = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** From what a socket, TLS or the broker's answer threw. The message holds no secret: those never are in an error. */
export function problemOf(error: unknown, broker: string): LinkProblem {
  const code = codeOf(error);
  if (code === 4 || code === 5) {
    const what = code === 4 ? 'user name or password' : 'this user';
    return { code: 'credentials', message: `${broker} does not accept ${what} (mqtt.user, mqtt.password).` };
  }
  if (typeof code === 'number')
    return { code: 'rejected', message: `${broker} rejects the connection: ${messageOf(error)}.` };
  if (code === 'ECONNREFUSED') return { code: 'refused', message: `Nothing listens at ${broker}.` };
  if (code === 'ETIMEDOUT' || /connack timeout/i.test(messageOf(error)))
    return { code: 'timeout', message: `${broker} does not answer.` };
  if (/keepalive timeout/i.test(messageOf(error)))
    return { code: 'silent', message: `${broker} fell silent without closing the connection.` };
  if (typeof code === 'string') {
    if (unreachable.has(code))
      return { code: 'unreachable', message: `There is no way to ${broker} (${code}).` };
    if (broken.has(code)) return { code: 'closed', message: `${broker} broke the connection off (${code}).` };
    if (/CERT|SSL|TLS|SIGNED|VERIFY|EPROTO|ISSUER|ALTNAME/.test(code))
      return { code: 'tls', message: tlsMessage(code, broker) };
  }
  return { code: 'closed', message: `${broker}: ${messageOf(error)}.` };
}

function tlsMessage(code: string, broker: string): string {
  if (/SELF_SIGNED|VERIFY|ISSUER/.test(code))
    return `The certificate of ${broker} is not signed by an authority that is known here (${code}). Give its authority in mqtt.ca.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `The certificate of ${broker} is for another name; mqtt.url must have the name that stands in it.`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `The certificate of ${broker} is not valid now (${code}); look at both clocks.`;
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return `${broker} wants another certificate of this box (${code}); see mqtt.cert and mqtt.key.`;
  return `${broker} and this box do not agree on encryption (${code}); is mqtts:// right for this port?`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
