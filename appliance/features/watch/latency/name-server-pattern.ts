/** How a name server is written in the configuration, as one exact pattern, so that a slip is found when it is made. */
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const group = '[0-9A-Fa-f]{1,4}';
/** RFC 4291 §2.2: eight groups, or fewer around one "::". */
const ipv6 = [
  `(?:${group}:){7}${group}`,
  ...[1, 2, 3, 4, 5, 6].map((left) => `(?:${group}:){1,${left}}(?::${group}){1,${7 - left}}`),
  `(?:${group}:){1,7}:`,
  `:(?::${group}){1,7}`,
].join('|');
const port = '(?::(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]))?';
const host = `(?:${ipv4}|\\[(?:${ipv6})\\])${port}`;
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const certificateName = `(?:#${label}(?:\\.${label})*)?`;

export const nameServerPattern = `^(?:${ipv4}|${ipv6}|(?:udp|tcp)://${host}|tls://${host}${certificateName}|https://${host}/[^\\s#]*${certificateName})$`;

export const nameServerWords =
  'the address of a name server such as 9.9.9.9 or 2620:fe::fe, or tcp://9.9.9.9, ' +
  'tls://9.9.9.9#dns.quad9.net, https://9.9.9.9/dns-query#dns.quad9.net (IPv6 in brackets, the name in its certificate after #)';
