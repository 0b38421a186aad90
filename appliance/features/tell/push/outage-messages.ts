import type { Outage } from '../../judge/outage/schema.ts';
import type { PushMessage } from './schema.ts';

/** In characters; with everything else it stays below what one encrypted record takes. */
const longestText = 500;

/** What is said of an outage, when it begins and when it is over. */
export function outageMessage(outage: Outage, site: string): PushMessage {
  const isOver = outage.endedAt !== null;
  return {
    title: `${site}: ${isOver ? 'the Internet is back' : 'the Internet is down'}`,
    body: outage.text.slice(0, longestText),
    tag: `outage-${outage.id}`,
    path: '/outages',
  };
}

/** A slow line is no reason to wake somebody. */
export const isWorthAMessage = ({ kind }: Outage) => kind === 'outage';
