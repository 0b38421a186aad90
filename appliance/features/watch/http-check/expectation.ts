/** What a page should be, and what it means when it is not. */
import type { PageReply } from '../../../core/network.ts';
import type { PageConfig } from './config.ts';
import type { PageOutcome } from './schema.ts';

export interface Page {
  url: string;
  host: string;
  isSecure: boolean;
  /** Null: 2xx or 3xx. */
  status: number | null;
  text: string | null;
}

/** What one reply says by itself. */
export interface PageFinding {
  outcome: PageOutcome;
  /**
   * sure: a portal says so, or nobody else could do this. likely: a portal looks so, and one broken server too; it takes
   * another page to tell.
   */
  suspicion: 'none' | 'likely' | 'sure';
  /** Where somebody in between wants people to go. */
  portal: string | null;
  message: string | null;
}

const maxPortal = 500;

export function pageOf(entry: PageConfig): Page {
  const { url, status = null, text = null } = typeof entry === 'string' ? { url: entry } : entry;
  const { hostname, pathname, protocol } = new URL(url);
  return {
    url,
    host: hostname,
    isSecure: protocol === 'https:',
    status: status ?? (pathname.endsWith('/generate_204') ? 204 : null),
    text,
  };
}

export function findingOf(page: Page, reply: PageReply): PageFinding {
  const { outcome, status, message, foreignCertificate } = reply;
  if (outcome !== 'ok')
    return {
      outcome,
      suspicion: foreignCertificate === undefined ? 'none' : 'likely',
      portal: null,
      message,
    };
  const body = new TextDecoder().decode(reply.body);
  const problem = problemOf(page, status ?? 0, body);
  // Nobody in between can answer with the certificate of the page's own host.
  const isAuthentic = page.isSecure;
  if (status === 511 && !isAuthentic)
    return suspect(
      'sure',
      redirectOf(page, reply) ?? linkOf(body),
      'the network asks for a login (status 511)',
    ); // RFC 6585 §6
  if (problem === null) return { outcome: 'ok', suspicion: 'none', portal: null, message: null };
  // A server in trouble says 4xx or 5xx; another page where this one should be is more than that.
  if (isAuthentic || status === null || status >= 400)
    return { outcome: 'status', suspicion: 'none', portal: null, message: problem };
  const target = redirectOf(page, reply);
  if (target !== null && new URL(target).hostname !== page.host)
    return suspect('sure', target, `${problem}: sent to ${new URL(target).hostname}`);
  return suspect('likely', target ?? linkOf(body), problem);
}

function suspect(suspicion: 'likely' | 'sure', portal: string | null, message: string): PageFinding {
  return { outcome: suspicion === 'sure' ? 'portal' : 'status', suspicion, portal, message };
}

function problemOf({ status: expected, text }: Page, status: number, body: string): string | null {
  const isExpected = expected === null ? status >= 200 && status < 400 : status === expected;
  if (!isExpected) return `status ${status} came, ${expected ?? '2xx or 3xx'} was expected`;
  if (text !== null && !body.includes(text)) return 'the expected text is not in the page';
  return null;
}

function redirectOf({ url }: Page, { status, location }: PageReply): string | null {
  if (location === null || status === null || status < 300) return null;
  return webAddress(location, url);
}

/** The link of a login page: a refresh (as in RFC 6585 §6), else the first link to follow. */
function linkOf(body: string): string | null {
  const found =
    /http-equiv\s*=\s*["']?refresh[^>]*?url=\s*["']?([^"'>\s]+)/i.exec(body) ??
    /<a\s[^>]*?href\s*=\s*["']?([^"'>\s]+)/i.exec(body);
  return found?.[1] === undefined ? null : webAddress(found[1]);
}

/** Written by a stranger and shown to people: a whole web address or nothing. */
function webAddress(text: string, base?: string): string | null {
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  return /^https?:$/.test(url.protocol) && url.href.length <= maxPortal ? url.href : null;
}
