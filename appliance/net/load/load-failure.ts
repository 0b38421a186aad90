import type { LoadOutcome } from '../../core/load.ts';
import { BodyError } from './body-reader.ts';
import { FrameError } from './frames.ts';
import { HeadError } from './response-head.ts';

/** How a connection failed. It stays inside net/load, where it becomes an outcome. */
export class LoadFailure extends Error {
  readonly outcome: LoadOutcome;
  readonly status: number | null;

  constructor(outcome: LoadOutcome, message: string, status: number | null = null) {
    super(message);
    this.outcome = outcome;
    this.status = status;
  }
}

export type ConnectionStep = 'connecting' | 'securing' | 'asking' | 'loading';

const byCode: Readonly<Record<string, LoadOutcome>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};
/** What an error of the system means that has no entry above. */
const byStep = { connecting: 'local', securing: 'tls', asking: 'reset', loading: 'reset' } as const;

/** What a failed connection comes to; throws what is a mistake of ours. */
export function failureOf(error: unknown, step: ConnectionStep): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof FrameError || error instanceof HeadError || error instanceof BodyError)
    return new LoadFailure('garbage', `the server sent ${error.message}`);
  if (!(error instanceof Error) || !('code' in error)) throw error;
  return new LoadFailure(byCode[String(error.code)] ?? byStep[step], error.message);
}

/** What an answer other than the wanted one means. */
export function refusalOf(status: number, location: string | undefined): LoadFailure {
  const refuse = (outcome: LoadOutcome, words: string) =>
    new LoadFailure(outcome, `the server answered ${status}: ${words}`, status);
  if (status === 429) return refuse('rate-limited', 'too many tests');
  if (status === 204 || status === 503) return refuse('no-capacity', 'it has no room for a test now');
  if (status >= 300 && status < 400)
    return refuse(
      'garbage',
      `it leads to ${(location ?? 'nowhere').slice(0, 200)}; name that address instead`,
    );
  if (status === 401 || status === 403) return refuse('refused', 'it does not let us test');
  return refuse('garbage', 'no speed test is offered there');
}
