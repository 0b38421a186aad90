import { domainToASCII } from 'node:url';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { judgeAnswer, natureMs } from './judgement.ts';
import type { NameAnswer, NameAsk } from './schema.ts';
import { type DnsService, timeoutMs } from './service.ts';

/** People and scripts together; each makes one question a server. */
const maximumAtOnce = 4;

/** Asks every server, or one, for any name, once: side by side, outside what is watched. */
export function createAskOnce(
  { net, clock }: Pick<FeatureContext, 'net' | 'clock'>,
  service: DnsService,
): (request: NameAsk, signal: AbortSignal) => Promise<NameAnswer[]> {
  let running = 0;
  return async (request, signal) => {
    const name = asciiOf(request.name);
    const type = request.type ?? 'A';
    const wanted = service
      .lines()
      .flatMap((line) => line.servers.map((watch) => ({ line, watch })))
      .filter(({ watch }) => request.server === undefined || watch.asked.server.id === request.server);
    if (wanted.length === 0) throw nobody(request.server, service);
    if (running >= maximumAtOnce) {
      throw new AppError(
        'DNS_BUSY',
        `${maximumAtOnce} names are being asked for already; try again in a moment.`,
        {
          status: 429,
        },
      );
    }
    running += 1;
    try {
      return await Promise.all(
        wanted.map(async ({ line, watch }) => {
          const sentMonoMs = clock.monoMs();
          const reply = await net.ask({ ...watch.asked.question, name, type, timeoutMs }, signal);
          // A name that is not watched may well be one of the house: only a watched one is known to be public.
          const known = service.knowledge.names.get(line.name, name, type);
          const judgement = judgeAnswer({
            name,
            reply,
            known,
            strangeForMs: natureMs,
            others: [],
            isOwnServer: true,
          });
          return service.answerOf(watch, { name, type }, reply, judgement, sentMonoMs);
        }),
      );
    } finally {
      running -= 1;
    }
  };
}

/** Names in other scripts are asked for in their ASCII form (RFC 5891). */
function asciiOf(name: string): string {
  const isPlain = /^[\x21-\x7e]+$/.test(name);
  const ascii = isPlain ? name : domainToASCII(name);
  if (/^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/.test(ascii)) return ascii;
  throw new AppError('NAME_INVALID', `"${name}" is not a domain name, for example wikipedia.org`, {
    status: 400,
  });
}

function nobody(server: string | undefined, service: DnsService): AppError {
  if (server === undefined) {
    return new AppError(
      'DNS_NO_SERVER',
      'No name server is known: the network gives none and none is configured.',
      {
        status: 409,
      },
    );
  }
  const ids = service.lines().flatMap((line) => line.servers.map(({ asked }) => asked.server.id));
  const list = ids.length === 0 ? 'There is none now.' : `There are: ${[...new Set(ids)].join(', ')}`;
  return new AppError('DNS_SERVER_UNKNOWN', `There is no name server "${server}". ${list}`, { status: 404 });
}
