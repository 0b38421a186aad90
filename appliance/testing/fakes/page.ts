import type { PageReply } from '../../core/network.ts';

/** A page that came: 204 and nothing in it, after 30 ms, unless the test says otherwise. */
export function fakePage({ text = '', ...change }: Partial<PageReply> & { text?: string } = {}): PageReply {
  return {
    outcome: 'ok',
    address: '203.0.113.10',
    status: 204,
    location: null,
    body: new TextEncoder().encode(text),
    dnsUs: 5000,
    connectUs: 12_000,
    tlsUs: Number.NaN,
    firstByteUs: 13_000,
    totalUs: 30_000,
    message: null,
    ...change,
  };
}
