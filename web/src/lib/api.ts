/** What a person is told when a request fails. */
export class RequestFailed extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'RequestFailed';
    this.status = status;
  }
}

/** GETs JSON from the appliance. The caller names the type the route's schema promises. */
export function getJson<Result>(path: string, signal?: AbortSignal): Promise<Result> {
  return request(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) });
}

/** Changes something on the appliance and gives its answer. Without a body none is sent. */
export function sendJson<Result>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Result> {
  const headers: Record<string, string> = { accept: 'application/json' };
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
    throw new RequestFailed('The appliance does not answer.', 0);
  }
  if (!response.ok) throw new RequestFailed(await reasonOf(response), response.status);
  return (await response.json()) as Result; // the server validates its answers against the same schema
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: string } }; // the API's error shape
    if (body.error?.message) return body.error.message;
  } catch {
    return `The appliance answered ${response.status}.`; // not JSON: a proxy in between, or a broken build
  }
  return `The appliance answered ${response.status}.`;
}

/** A path with a query string; undefined values are left out. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return `${path}?${search}`;
}
