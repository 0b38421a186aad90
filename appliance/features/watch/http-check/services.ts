import { monthly, type OutsideService } from '../../../core/calling.ts';
import type { PageConfig } from './config.ts';

/** A connection with the question for a small page and its answer; TLS adds the certificates. */
const bytes = { http: 1500, https: 7000 } as const;
const families = 2;

const urlOf = (page: PageConfig) => (typeof page === 'string' ? page : page.url);

export const httpCheckServices: readonly OutsideService[] = [
  {
    kind: 'probing',
    id: 'pages',
    name: 'Pages',
    purpose: 'Whether the Web works, how quickly, and whether somebody stands in between',
    learns: 'The public address of this house and when its connection works',
    protocol: 'HTTP or HTTPS, without cookies or a name of the box',
    setting: 'httpCheck.urls',
    hosts: ({ httpCheck }) => [
      ...new Set(httpCheck.urls.flatMap((page) => URL.parse(urlOf(page))?.hostname ?? [])),
    ],
    bytesPerMonth: ({ lines, httpCheck: { urls, intervalMs } }) =>
      lines.length *
      urls.reduce((sum, page) => {
        const perFetch = urlOf(page).startsWith('https:') ? bytes.https : bytes.http;
        return sum + monthly(perFetch * families, intervalMs);
      }, 0),
  },
];
