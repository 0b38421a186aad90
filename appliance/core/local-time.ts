/** "19:42:07", or with the day in front, in the zone of the site ('auto': the operating system's). */
export function localTime(epochMs: number, timezone: string, hasDay = false): string {
  return formatterOf(timezone, hasDay ? 'both' : 'time').format(epochMs);
}

/** "22 Nov 2026". */
export function localDay(epochMs: number, timezone: string): string {
  return formatterOf(timezone, 'day').format(epochMs);
}

type Content = 'time' | 'day' | 'both';

/** Making a formatter costs more than all else that is said in a second. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** One site has one zone, in three forms; tests and changes of the configuration ask for a few more. */
const maxFormatters = 16;

function formatterOf(timezone: string, content: Content): Intl.DateTimeFormat {
  const key = `${timezone} ${content}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    ...(content === 'time' ? {} : { dateStyle: 'medium' as const }),
    ...(content === 'day' ? {} : { timeStyle: 'medium' as const }),
    ...(timezone === 'auto' ? {} : { timeZone: timezone }),
  });
  if (formatters.size >= maxFormatters) formatters.clear();
  formatters.set(key, made);
  return made;
}
