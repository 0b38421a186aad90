import { access } from './access.ts';

interface Reason {
  code: string;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}

/** What a person is told when a request fails. */
export class RequestFailed extends Error {
  /** 0 when nobody answered. */
  readonly status: number;
  /** The appliance's own name of the reason; empty when it gave none. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ code, message, details = {} }: Reason, status: number) {
    super(message);
    this.name = 'RequestFailed';
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** How long the appliance asks to wait; null when it does not. */
  get waitSeconds(): number | null {
    const seconds = this.details.retryAfterSeconds;
    return typeof seconds === 'number' ? seconds : null;
  }
}

/** Tells our requests from those that a foreign page makes the browser send with our cookie; see http/caller-gates.ts. */
const ours = { accept: 'application/json', 'x-ist-page': '1' } as const;

/** GETs JSON from the appliance. The caller names the type the route's schema promises. */
export function getJson<Result>(path: string, signal?: AbortSignal): Promise<Result> {
  return request(path, { headers: ours, ...(signal && { signal }) });
}

/** Changes something on the appliance and gives its answer. Without a body none is sent. */
export function sendJson<Result>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Result> {
  const headers: Record<string, string> = { ...ours };
  if (body === undefined) return request(path, { method, headers });
  headers['content-type'] = 'application/json';
  return request(path, { method, headers, body: JSON.stringify(body) });
}

async function request<Result>(path: string, init: RequestInit): Promise<Result> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new RequestFailed({ code: '', message: 'The appliance does not answer.' }, 0);
  }
  if (response.ok) return (await response.json()) as Result; // the server validates its answers against the same schema
  const failure = await failureOf(response);
  if (failure.code === 'UNCLAIMED' || failure.code === 'SIGN_IN_NEEDED') access.refuse(failure);
  throw failure;
}

/** The reason of an answer that is not ok. */
export async function failureOf(response: Response): Promise<RequestFailed> {
  const { status } = response;
  const unsaid = { code: '', message: `The appliance answered ${status}.` };
  try {
    const body = (await response.json()) as { error?: Partial<Reason> }; // the API's error shape
    return new RequestFailed({ ...unsaid, ...body.error }, status);
  } catch {
    return new RequestFailed(unsaid, status); // not JSON: a proxy in between, or a broken build
  }
}

/** A path with a query string; undefined values are left out. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return `${path}?${search}`;
}
