/** What the box shows over TLS to prove that it is itself. */
export interface TlsIdentity {
  /** PEM: its certificate, then those between it and the root. */
  certificate: string;
  /** PEM. */
  key: string;
  /** The owner brought it: browsers may then be told to insist on TLS. */
  isOwn: boolean;
}

/** Where the HTTP server takes its identity from. */
export interface IdentitySource {
  /** Null: the service speaks plain HTTP. */
  readonly current: TlsIdentity | null;
  /** Resolves once `current` can be relied upon; never rejects. */
  open(): Promise<void>;
  onChange(listener: () => void): () => void;
}
