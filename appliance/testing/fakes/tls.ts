/** What the tests of TLS share: a source of identities that the test decides, and clients that trust its authority. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { IdentitySource, TlsIdentity } from '../../core/identity.ts';
import { allowedFor } from '../../features/keep/certificate/allowed-names.ts';
import { issue, type KeyPair } from '../../features/keep/certificate/issue.ts';
import { type Answer, ask } from '../../http/testing.ts';

const dayMs = 86_400_000;
const times = { startsAtMs: Date.UTC(2020, 0, 1), endsAtMs: Date.UTC(2020, 0, 1) + 20 * 365 * dayMs };

export const authority: KeyPair = await issue({
  kind: 'authority',
  hostName: 'test',
  allowed: allowedFor([]),
  ...times,
});

/** A new certificate for this machine. */
export async function makeIdentity(isOwn = false): Promise<TlsIdentity> {
  const names = ['localhost', '127.0.0.1'];
  const leaf = await issue({ kind: 'leaf', authority, subject: randomUUID(), names, ...times });
  return { ...leaf, isOwn };
}

export class GivenIdentity implements IdentitySource {
  readonly #listeners = new Set<() => void>();
  current: TlsIdentity | null;

  constructor(current: TlsIdentity | null) {
    this.current = current;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(identity: TlsIdentity | null): void {
    this.current = identity;
    for (const listener of this.#listeners) listener();
  }
}

/** A handshake that is through. */
export async function shakeHands(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** A request over a connection that is there already. */
export function askOver(
  socket: TLSSocket,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const port = socket.remotePort;
  return ask({
    agent: undefined,
    createConnection: () => socket,
    path,
    headers: { host: `localhost:${port}`, ...headers },
  });
}
