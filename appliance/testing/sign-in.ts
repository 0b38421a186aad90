import type { ServiceClient } from '../core/feature.ts';
import type { ClaimState } from '../features/keep/access/schema.ts';
import { ask } from '../http/testing.ts';

/** Of every owner that tests and benchmarks make. */
export const testPassword = 'seven herons over the weir';

export interface SessionCookie {
  name: string;
  value: string;
}

/**
 * Makes a service that listens at `origin` claimed, when nobody is its owner yet, and signs its owner in. The claim
 * code comes over the local socket, as it does for a person who types `ist claim`.
 */
export async function signInAt(client: ServiceClient, origin: string): Promise<SessionCookie> {
  const { isClaimed, code } = await client.get<ClaimState>('/api/claim');
  const { hostname, port } = new URL(origin);
  const answer = await ask(
    {
      host: hostname,
      port,
      method: 'POST',
      path: isClaimed ? '/api/login' : '/api/claim',
      headers: { 'content-type': 'application/json', origin },
    },
    JSON.stringify(isClaimed ? { password: testPassword } : { code, password: testPassword }),
  );
  const [cookie = ''] = answer.headers['set-cookie']?.[0]?.split(';') ?? [];
  if (answer.status !== 200 || cookie === '') throw new Error(`signing in at ${origin}: ${answer.text}`);
  const at = cookie.indexOf('=');
  return { name: cookie.slice(0, at), value: cookie.slice(at + 1) };
}
