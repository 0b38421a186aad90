/** What strangers and careless programs do to the service, as data. */
export interface Attack {
  kind: 'idle' | 'slow' | 'large' | 'streams';
  /** Connections that are held, or requests that are under way at any time. */
  count: number;
}

export const attacks: readonly { name: string; attacks: readonly Attack[] }[] = [
  { name: '10,000 idle sockets', attacks: [{ kind: 'idle', count: 10_000 }] },
  { name: '500 slow headers', attacks: [{ kind: 'slow', count: 500 }] },
  { name: '1 MB of JSON, 8 at a time', attacks: [{ kind: 'large', count: 8 }] },
  { name: '100 live streams', attacks: [{ kind: 'streams', count: 100 }] },
  {
    name: 'all of these at once',
    attacks: [
      { kind: 'idle', count: 10_000 },
      { kind: 'slow', count: 500 },
      { kind: 'large', count: 8 },
      { kind: 'streams', count: 100 },
    ],
  },
];

/** What the attacking process is told, as JSON on its command line. */
export interface AttackTask {
  attack: Attack;
  port: number;
  socketPath: string;
  forMs: number;
}

/** What it says at its end. */
export interface AttackReport {
  opened: number;
  /** Answers by status; `none` for connections that ended without one. */
  answers: Record<string, number>;
  /** Held at the end. */
  open: number;
}
