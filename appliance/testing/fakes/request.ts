import { localCaller } from '../../core/access.ts';
import type { RouteRequest } from '../../core/feature.ts';

/** A request over the local socket, for handlers that are called without a server. */
export function localRequest<Query = unknown, Params = unknown, Body = unknown>(
  parts: Pick<RouteRequest<Query, Params, Body>, 'query' | 'params' | 'body'> &
    Partial<RouteRequest<Query, Params, Body>>,
): RouteRequest<Query, Params, Body> {
  return {
    caller: localCaller,
    address: '',
    isSecure: false,
    userAgent: '',
    signal: new AbortController().signal,
    ...parts,
  };
}
