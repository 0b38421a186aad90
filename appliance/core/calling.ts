/**
 * Calling out. Nothing outside the house is contacted except what is probed, until the owner switches that service on.
 * net/ implements the port, features/keep/consent shows the list and holds the switches.
 */
import type { ConfigSections } from './feature.ts';
import type { NameQuestion, NameReply, PageReply } from './network.ts';
import type { Secret } from './secret.ts';

declare module './feature.ts' {
  interface ConfigSections {
    /** A switch for each declared service; an absent one is off. */
    consent: Readonly<Record<string, boolean>>;
  }
}

type FromConfig<Value> = (config: Readonly<ConfigSections>) => Value;

/** What the owner reads of somebody outside the house before anything is sent there. */
interface OutsideParty {
  /** Unique, camelCase. */
  id: string;
  name: string;
  /** A sentence: what the house has of it. */
  purpose: string;
  /** A sentence: what the other side gets to know. */
  learns: string;
  /** In words, 'DNS, through your name server'. */
  protocol: string;
  /** Host names and addresses; '*.example.com' stands for every name below it. */
  hosts: readonly string[] | FromConfig<readonly string[]>;
  /** Both directions, roughly, as it is configured. */
  bytesPerMonth: number | FromConfig<number>;
}

/** Contacted only while its switch in `consent` is on, and only by the guarded client. */
export interface SwitchedService extends OutsideParty {
  kind: 'service';
  /** The owner may say of a call that its host stands in the own network. */
  mayBeInside?: boolean;
  /** Where the usual ones are too tight; see `callBounds`. */
  limits?: Partial<CallLimits>;
}

/** Measured towards: the product itself, so it has no switch but the configuration of what is probed. */
export interface ProbedParty extends OutsideParty {
  kind: 'probing';
  /** Path in the configuration that decides who it is. */
  setting: string;
}

export type OutsideService = SwitchedService | ProbedParty;

const monthMs = 30 * 86_400_000;

/** Bytes of a month in which something of this size goes back and forth at this interval. */
export const monthly = (bytes: number, everyMs: number) => Math.round((bytes * monthMs) / everyMs);

export interface CallLimits {
  /** For the whole of a call, name and redirects included. */
  timeoutMs: number;
  requestBytes: number;
  /** Of the body of the reply; with `onData` of what is handed on. */
  replyBytes: number;
}

export const usualLimits: Readonly<CallLimits> = {
  timeoutMs: 10_000,
  requestBytes: 65_536,
  replyBytes: 65_536,
};

/** No service may declare more: a board of 512 MB holds bodies in memory, a download is handed on in pieces. */
export const callBounds = {
  timeoutMs: 15 * 60_000,
  requestBytes: 4 * 2 ** 20,
  heldReplyBytes: 4 * 2 ** 20,
  passedReplyBytes: 2 ** 30,
} as const;

export interface OutsideCall {
  /** http or https, without a password in it. */
  url: string | Secret;
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Readonly<Record<string, string | Secret>>;
  body?: string | Uint8Array;
  /** The owner has said that this host stands in the own network; for services that `mayBeInside`. */
  isInside?: boolean;
  /** Certificates believed in place of the usual ones, PEM. */
  ca?: string;
  /** Tighter than what the service declares. */
  limits?: Partial<CallLimits>;
  /** Takes the body in pieces, as they come, in place of `body`; the next one waits for it. */
  onData?(piece: Uint8Array): Promise<void> | void;
}

/** How a call ended. What a network can do is an outcome; `denied`: it led where calls may not go. */
export interface OutsideReply {
  outcome: PageReply['outcome'] | 'denied';
  /** Null when ok. Names the host and never the path, which may be secret. */
  message: string | null;
  status: number | null;
  /** Names in lower case; without cookies. */
  headers: Readonly<Record<string, string>>;
  /** For the caller alone: shown and logged nowhere. */
  body: Uint8Array;
  /** The body is longer than the limit, and the rest was not fetched. */
  isCut: boolean;
  /** Who answered last, after redirects, with the port where it is not the usual one. */
  host: string;
  /** The last address a connection was tried to; null when there was none. */
  address: string | null;
  /** On the wire above TCP, TLS included. */
  sentBytes: number;
  receivedBytes: number;
  tookMs: number;
}

/** The way to one service. Every use throws AppError `CONSENT_MISSING` while its switch is off. */
export interface OutsideClient {
  readonly isOn: boolean;
  /**
   * Throws `CALL_INVALID` for what cannot be sent, `CALLS_BUSY` when too many are under way, `CONSENT_MISSING` also when
   * it is switched off meanwhile, and the signal's reason when that aborts.
   */
  request(call: OutsideCall, signal?: AbortSignal): Promise<OutsideReply>;
  /** For a service that is asked by name queries through a name server of the network. */
  ask(question: NameQuestion, signal?: AbortSignal): Promise<NameReply>;
}

/** Since the start of this process. */
export interface CallCount {
  contacts: number;
  sentBytes: number;
  receivedBytes: number;
  /** CLOCK_MONOTONIC ms of the last contact; null before the first. */
  lastMonoMs: number | null;
}

export interface GuardedClient {
  /** Everything that leaves the house, as the features declare it. */
  readonly services: readonly OutsideService[];
  /** Throws AppError `SERVICE_UNDECLARED` for what no feature declares. */
  to(service: string): OutsideClient;
  count(service: string): Readonly<CallCount>;
  /** Adds a contact that another part has made with the owner's consent, because it is no call. */
  add(service: string, sentBytes: number, receivedBytes: number): void;
}
