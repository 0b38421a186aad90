import { type Static, Type } from 'typebox';

/** Where this box stands and how it tells the time. */
export const Site = Type.Object(
  {
    name: Type.String({
      default: 'Home',
      minLength: 1,
      maxLength: 60,
      title: 'Name',
      description: 'What this place is called on pages, reports and alerts',
    }),
    timezone: Type.Refine(
      Type.String({
        default: 'auto',
        maxLength: 64,
        expected: 'auto or an IANA time zone such as Europe/Berlin',
        title: 'Time zone',
        description: 'IANA zone for local times and daily jobs; auto takes the zone of the operating system',
      }),
      isTimezone,
    ),
    latitude: Type.Union([Type.Number({ minimum: -90, maximum: 90 }), Type.Null()], {
      default: null,
      title: 'Latitude',
      description: 'Degrees north; only used for maps and the weather, and only sent where you agreed to it',
    }),
    longitude: Type.Union([Type.Number({ minimum: -180, maximum: 180 }), Type.Null()], {
      default: null,
      title: 'Longitude',
      description: 'Degrees east',
    }),
  },
  { additionalProperties: false, title: 'Site', description: 'Where this box stands' },
);
export type Site = Static<typeof Site>;

function isTimezone(zone: string): boolean {
  if (zone === 'auto') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false; // Intl throws for a zone it does not know; there is no other question to ask
  }
}

/** The zone in force: the configured one, or the operating system's (UTC where that has none). */
export function timezoneOf(site: Pick<Site, 'timezone'>): string {
  if (site.timezone !== 'auto') return site.timezone;
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    site: Site;
  }
}
