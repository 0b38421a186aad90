/** From a name in a server's address to where it is connected to. */
import type { Family } from '../../../../core/shapes.ts';
import type { SpeedPorts } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';

export interface Located {
  url: URL;
  host: string;
  port: number;
  address: string;
  family: Family;
}

const securePorts: Readonly<Record<string, number>> = { 'https:': 443, 'wss:': 443 };

/** Throws `EngineFailure` when the address is none, or the name has no address in the family that is wanted. */
export async function locate(
  names: SpeedPorts['names'],
  text: string,
  wanted: Family | null,
): Promise<Located> {
  const url = URL.parse(text);
  if (url === null || !/^(https?|wss?):$/.test(url.protocol))
    throw new EngineFailure('no-server', `${text.slice(0, 100)} is no address of a server`, 'server');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  for (const family of wanted === null ? (['ipv4', 'ipv6'] as const) : [wanted]) {
    const [address] = await names.resolve(host, family).catch((): string[] => []);
    const port = url.port === '' ? (securePorts[url.protocol] ?? 80) : Number(url.port);
    if (address !== undefined) return { url, host: url.host, port, address, family };
  }
  const family = wanted === null ? '' : ` for ${wanted === 'ipv4' ? 'IPv4' : 'IPv6'}`;
  throw new EngineFailure('dns', `${host} has no address${family}`, 'server');
}

/** The same address with another scheme, path and query. */
export function variant(url: URL, scheme: 'http' | 'ws', path: string, query = ''): string {
  const secure = /^(https|wss):$/.test(url.protocol) ? 's' : '';
  return `${scheme}${secure}://${url.host}${path}${query}`;
}
