/** Measurement messages of ndt7: what the other side has counted. */
import type { RemoteCount } from '../../core/load.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function numberOf(holder: unknown, name: string): number | null {
  const value = isRecord(holder) ? holder[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Null for a message without a count: they are free to say less. `direction` is seen from us. */
export function parseRemoteCount(text: string, direction: 'down' | 'up'): Omit<RemoteCount, 'stream'> | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(message)) return null;
  const { TCPInfo: tcp, AppInfo: app, ConnectionInfo: connection } = message;
  const tcpBytes = numberOf(tcp, direction === 'up' ? 'BytesReceived' : 'BytesAcked');
  const tcpElapsed = numberOf(tcp, 'ElapsedTime');
  const hasTcp = tcpBytes !== null && tcpElapsed !== null;
  const bytes = hasTcp ? tcpBytes : numberOf(app, 'NumBytes');
  const elapsedUs = hasTcp ? tcpElapsed : numberOf(app, 'ElapsedTime');
  if (bytes === null || elapsedUs === null) return null;
  const control = isRecord(connection) ? connection.CC : undefined;
  return {
    elapsedUs,
    bytes,
    retransmits: numberOf(tcp, 'TotalRetrans'),
    congestionControl: typeof control === 'string' && /^[a-z0-9_]{1,15}$/.test(control) ? control : null,
    rttUs: numberOf(tcp, 'RTT'),
  };
}

/** The message as we write it, with what ndt7 clients read. */
export function writeRemoteCount(
  test: 'download' | 'upload',
  count: {
    elapsedUs: number;
    appBytes: number;
    tcpBytes: number;
    retransmits: number;
    rttUs: number;
    minRttUs: number;
    congestionControl: string;
    client: string;
    server: string;
  },
): string {
  const elapsed = Math.round(count.elapsedUs);
  const bytesName = test === 'upload' ? 'BytesReceived' : 'BytesAcked';
  return JSON.stringify({
    AppInfo: { ElapsedTime: elapsed, NumBytes: count.appBytes },
    ConnectionInfo: { Client: count.client, Server: count.server, CC: count.congestionControl },
    Origin: 'server',
    TCPInfo: {
      ElapsedTime: elapsed,
      [bytesName]: count.tcpBytes,
      RTT: count.rttUs,
      MinRTT: count.minRttUs,
      TotalRetrans: count.retransmits,
    },
    Test: test,
  });
}
