import { hostname, networkInterfaces } from 'node:os';

/** As many as a person may want to try. */
const maxUrls = 6;

/** Where a browser finds the dashboard: by name first, then by every address that another device can use. */
export function reachableAt(
  { host, port, tls = 'off' }: { host: string; port: number; tls?: string },
  interfaces = networkInterfaces,
): string[] {
  const [scheme, usual] = tls === 'off' ? (['http', 80] as const) : (['https', 443] as const);
  const suffix = port === usual ? '' : `:${port}`;
  const url = (name: string) => `${scheme}://${name.includes(':') ? `[${name}]` : name}${suffix}`;
  if (host !== '::' && host !== '0.0.0.0') return [url(host === '127.0.0.1' ? 'localhost' : host)];
  const addresses = Object.values(interfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address, family }) => {
      const isUsable = family === 'IPv4' || (host === '::' && !address.toLowerCase().startsWith('fe80'));
      return !internal && isUsable;
    })
    .map(({ address }) => address)
    .sort((one, other) => Number(one.includes(':')) - Number(other.includes(':')));
  const label = hostname().toLowerCase().split('.')[0] ?? '';
  return [...(label === '' ? [] : [`${label}.local`]), ...addresses].map(url).slice(0, maxUrls);
}
