/** What every HTTP exchange over a connection of its own shares. */
import type { PageReply } from '../core/network.ts';

/** What is waited for, in words for people. */
export const steps = {
  dns: 'looking the name up',
  connect: 'connecting',
  tls: 'agreeing on TLS',
  reply: 'waiting for the page',
} as const;
export type Step = keyof typeof steps;

type Outcome = PageReply['outcome'];

/** Ends an exchange with an outcome; it never leaves net/. */
export class ExchangeFailure extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

const outcomes: Readonly<Record<string, Outcome>> = {
  NAME_UNRESOLVED: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  EPROTO: 'tls',
};
/** What a failure means that has no entry above. */
const byStep = { dns: 'dns', connect: 'local', tls: 'tls', reply: 'reset' } as const;

/** What a failure of the network comes to; throws what is none. */
export function outcomeOf(error: unknown, step: Step): Outcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null) throw error; // not of the network: a mistake of ours
  // Bytes that are no HTTP; in the same way a server may answer TLS with something else.
  if (code.startsWith('HPE_')) return 'garbage';
  return outcomes[code] ?? byStep[step];
}

/** Settles with the work, or rejects with the signal's reason as soon as that aborts. */
export function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((fulfil, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(fulfil, reject);
  });
}

/** Without the brackets of an IPv6 address. */
export const hostOf = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1');

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
