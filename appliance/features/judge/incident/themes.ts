import { scopeOf } from './group.ts';
import type { Member } from './member.ts';

/** What a person would call the trouble, gravest first: the first one present names the incident. */
export const themes = [
  'no-answer',
  'cut-off',
  'portal',
  'ipv4',
  'ipv6',
  'names',
  'service',
  'pings',
  'loss',
  'latency',
  'jitter',
  'mtu',
  'slow-names',
  'one-server',
  'service-unwell',
] as const;
export type Theme = (typeof themes)[number];

export function themeOf(member: Member): Theme {
  const { symptom, kind, family, verdict, hasOtherFamily } = member;
  const scope = scopeOf(member);
  if (symptom === 'slow-names') return 'slow-names';
  if (scope === 'names') return kind === 'outage' ? 'names' : 'one-server';
  if (scope === 'service') return symptom === 'no-answer' ? 'service' : 'service-unwell';
  if (symptom !== 'no-answer') return symptom === 'names' ? 'names' : symptom;
  if (kind === 'degradation') return 'pings'; // they are silent while pages load
  if (verdict === 'device') return 'cut-off';
  if (family === 'ipv6') return 'ipv6';
  return family === 'ipv4' && hasOtherFamily ? 'ipv4' : 'no-answer';
}

/** About one destination or name server, and so one story each. */
export const hasName = (theme: Theme) => themeWords[theme].was.includes('{name}');

interface ThemeWords {
  /** "No Internet" for 9 min, since 19:42:07. */
  title: string;
  /** "The Internet was down" from … to …. */
  was: string;
  /** "The Internet has been down" since …. */
  hasBeen: string;
}

/** `{name}` is the one destination that is meant. */
export const themeWords: Record<Theme, ThemeWords> = {
  'no-answer': {
    title: 'No Internet',
    was: 'The Internet was down',
    hasBeen: 'The Internet has been down',
  },
  'cut-off': {
    title: 'This box was cut off',
    was: 'This box was cut off',
    hasBeen: 'This box has been cut off',
  },
  portal: {
    title: 'A login page in the way',
    was: 'A login page stood in the way',
    hasBeen: 'A login page has stood in the way',
  },
  ipv4: { title: 'No IPv4', was: 'IPv4 did not work', hasBeen: 'IPv4 has not worked' },
  ipv6: { title: 'No IPv6', was: 'IPv6 did not work', hasBeen: 'IPv6 has not worked' },
  names: {
    title: 'Names were not resolved',
    was: 'Names were not resolved',
    hasBeen: 'Names have not been resolved',
  },
  service: {
    title: '{name} did not answer',
    was: '{name} did not answer',
    hasBeen: '{name} has not answered',
  },
  pings: {
    title: 'Pinged hosts did not answer',
    was: 'The hosts that are pinged did not answer, while pages loaded',
    hasBeen: 'The hosts that are pinged have not answered, while pages load',
  },
  loss: { title: 'Packets lost', was: 'Packets were lost', hasBeen: 'Packets have been lost' },
  latency: { title: 'Slow answers', was: 'Answers were slow', hasBeen: 'Answers have been slow' },
  jitter: {
    title: 'Unsteady answers',
    was: 'Answers came unsteadily',
    hasBeen: 'Answers have come unsteadily',
  },
  mtu: {
    title: 'Large packets lost',
    was: 'Large packets did not pass',
    hasBeen: 'Large packets have not passed',
  },
  'slow-names': {
    title: 'Slow names',
    was: 'Names were resolved slowly',
    hasBeen: 'Names have been resolved slowly',
  },
  'one-server': {
    title: 'Name server {name} failed',
    was: 'Name server {name} failed',
    hasBeen: 'Name server {name} has failed',
  },
  'service-unwell': {
    title: '{name} did not answer well',
    was: '{name} did not answer well',
    hasBeen: '{name} has not answered well',
  },
};
