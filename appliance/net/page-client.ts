import type { PageReply, PageRequest } from '../core/network.ts';

export async function fetchPage(_request: PageRequest, _signal?: AbortSignal): Promise<PageReply> {
  const never = Number.NaN;
  return {
    outcome: 'local',
    address: null,
    status: null,
    location: null,
    body: new Uint8Array(),
    dnsUs: never,
    connectUs: never,
    tlsUs: never,
    firstByteUs: never,
    totalUs: never,
    message: 'not built',
  };
}
