/** What the outages page says. */
import type { OutageDay } from '../../../../appliance/features/judge/outage/schema.ts';

const level: Record<OutageDay['level'], string> = {
  perfect: 'Without a fault',
  good: 'Up 99.9 % and more',
  fair: '99 % and more',
  poor: '95 % and more',
  bad: 'less than 95 %',
  'no-data': 'Not observed',
};

const english = {
  noneSince: (duration: string) => `No outage for ${duration}.`,
  watching: (since: string) => `Watching since ${since}, no outage yet.`,
  nothing: 'Nothing observed yet.',
  nothingAdvice:
    'Outages are listed here from the first one on, with their length and whose fault they were. The first measurements are being made.',
  loading: 'Reading the book of outages…',
  failed: (why: string) => `Outages could not be read: ${why}`,
  little: (watched: string, span: string) => `${watched} of ${span} observed so far.`,
  figures: {
    heading: 'This range in numbers',
    uptime: 'Uptime',
    provider: 'Your provider’s share',
    providerNote: 'Without times when your own house was the cause.',
    nothing: 'nothing observed yet',
    outages: 'Outages',
    longest: (duration: string) => `longest ${duration}`,
    none: 'none in this range',
    degradations: (number: number) =>
      number === 0 ? 'no impairment' : number === 1 ? '1 impairment' : `${number} impairments`,
    blame: 'Whose fault, of the time down',
    blameNone: 'Nothing was down.',
    down: (duration: string) => `${duration} down`,
    neverDown: 'never down',
    unobserved: (share: string, duration: string) => `${share} not observed (${duration})`,
    allObserved: 'all of it observed',
    method:
      'Uptime is the time it worked ÷ the time it worked or did not. What was not observed is in neither.',
  },
  calendar: {
    heading: 'Days',
    days90: '90 days',
    year: 'Year',
    length: 'How many days',
    weekdays: ['M', 'T', 'W', 'T', 'F', 'S', 'S'],
    weekdaysLong: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
    level,
    down: (duration: string) => `${duration} down`,
    degraded: (duration: string) => `${duration} impaired`,
    unobserved: (duration: string) => `${duration} not observed`,
    outages: (number: number) => (number === 1 ? '1 outage' : `${number} outages`),
    zone: (zone: string) => `Local days of the site (${zone}). Each leads to its outages; arrow keys move.`,
    empty: 'After the first day this shows how good each day was.',
    failed: (why: string) => `The calendar could not be read: ${why}`,
  },
  timeline: {
    heading: 'When',
    label: (range: string, outages: number, gaps: number) =>
      `${range}: ${outages === 1 ? '1 outage or impairment' : `${outages} outages and impairments`}, ${gaps === 1 ? '1 gap' : `${gaps} gaps`}. The list below has them all.`,
    hint: 'Drag to zoom; Tab and arrow keys go from one to the next.',
    merged: (number: number) => `${number} close together, the longest: `,
    kind: {
      outage: 'Outage',
      degradation: 'Impaired',
      busy: 'Line full',
      gap: 'Not observed',
    },
    before: 'Before watching began',
  },
  list: {
    heading: 'What happened',
    kind: 'What',
    kinds: {
      all: 'Everything',
      outage: 'Outages',
      degradation: 'Impairments',
      busy: 'Line full',
      gap: 'Not observed',
    },
    verdict: 'Whose fault',
    anyVerdict: 'Anyone’s',
    line: 'Line',
    anyLine: 'All lines',
    longer: 'Longer than',
    anyLength: 'Any length',
    reset: 'Clear the filters',
    count: (shown: number, all: number) => (shown === all ? `${all}` : `${shown} of ${all}`),
    more: (number: number) => `Show ${number} more`,
    noneFits: 'Nothing in this range fits the filters.',
    none: 'Nothing happened in this range: no outage, no impairment, no gap.',
    partOf: 'Only the newest are listed; choose a shorter range for the rest.',
    goesOn: 'goes on',
    noFault: 'nobody’s fault',
    unobserved: 'not counted as up or down',
    tags: 'Tags',
    seen: 'acknowledged',
    on: (line: string) => `line ${line}`,
  },
};

export const outagesWords: typeof english = english;
