import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Static, TSchema } from 'typebox';
import type { BridgePort } from './bridge.ts';
import type { Bus, EventMap, EventName } from './bus.ts';
import type { GuardedClient, OutsideService } from './calling.ts';
import type { Clock } from './clock.ts';
import type { FeatureEntities } from './entities.ts';
import type { LoadGenerator } from './load.ts';
import type { Log } from './log.ts';
import type { NetworkTools } from './network.ts';
import type { LinkWatch, NameResolver, ProbeEngine } from './probing.ts';
import type { LineState } from './shapes.ts';
import type { Migration, Store } from './storing.ts';
import type { Timeline } from './timeline.ts';

/**
 * Who may call a route. `open` needs nothing. `read`, `run`, `write` and `admin` are carried by people and by keys, each
 * with those before it. `account` is a person about himself, `owner` the owner in person: no key carries these two.
 */
export type Scope = 'open' | 'read' | 'run' | 'write' | 'admin' | 'account' | 'owner';

/** Who makes a request. */
export interface Caller {
  /** `local`: came over the unix socket, whose file permission has decided; `nobody`: showed nothing. */
  kind: 'local' | 'session' | 'key' | 'nobody';
  /** For logs and lists. */
  name: string;
  accountId: string | null;
  sessionId: string | null;
  keyId: string | null;
  /** Everything that the caller may ask for, written out. */
  scopes: readonly Scope[];
  isOwner: boolean;
}

/** What a gate sees of a request, before its body is read. */
export interface GateRequest {
  method: string;
  /** Pattern of the route that matched; null where none did. */
  route: string | null;
  scope: Scope;
  isBeforeClaim: boolean;
  asksPassword: boolean;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the client, as the connection says; empty on the unix socket. */
  address: string;
  isLocal: boolean;
  /** Came over TLS. */
  isSecure: boolean;
}

/** Stands before every route, static file and upgrade. */
export interface AccessGate {
  name: string;
  /** Gives the caller, better known where it can tell more, or refuses with an AppError and its status. */
  check(request: GateRequest, caller: Caller): Caller | Promise<Caller>;
  /** Whether somebody who was let in may stay; asked every few seconds for connections that stay open. */
  mayStay?(caller: Caller): boolean;
}

/** A body that is not JSON: set the type, give text, bytes or a stream. */
export class RawReply {
  readonly contentType: string;
  readonly body: string | Uint8Array | Readable;
  readonly fileName: string | null;

  constructor(contentType: string, body: string | Uint8Array | Readable, fileName: string | null = null) {
    this.contentType = contentType;
    this.body = body;
    this.fileName = fileName;
  }
}

/** An answer together with headers of its own, cookies for example. */
export class WithHeaders<Answer> {
  readonly answer: Answer;
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(answer: Answer, headers: Readonly<Record<string, string | string[]>>) {
    this.answer = answer;
    this.headers = headers;
  }
}

/** A JSON answer of this shape that its route has written itself, because it is too long to go through objects. */
export class JsonBytes<Shape> {
  declare readonly shape: Shape; // for the type only
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

type JsonAnswer<Shape> = Shape | JsonBytes<Shape> | WithHeaders<Shape>;

export interface RouteRequest<Query, Params, Body> {
  query: Query;
  params: Params;
  body: Body;
  caller: Caller;
  /** Of the client; empty on the unix socket. */
  address: string;
  isSecure: boolean;
  /** What the client calls itself: a stranger's text. */
  userAgent: string;
  /** As they came over HTTP. */
  headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With fastify's parameter syntax, `/api/targets/:id`. */
  path: string;
  /** Further paths that mean the same (the reference's). */
  aliases?: readonly string[];
  scope: Scope;
  /** Answers before the appliance has an owner; all others are closed until then. */
  isBeforeClaim?: true;
  /** Grave: a person must have given the password within the last minutes, and no key will do. */
  asksPassword?: true;
  /** Answers over plain HTTP also where TLS is on: it is public, and somebody needs it who cannot trust us yet. */
  isAlsoPlain?: true;
  tag: string;
  summary: string;
  query?: TSchema;
  params?: TSchema;
  body?: TSchema;
  /** Takes application/octet-stream of any length: `body` is a stream that nobody has read. */
  takesStream?: true;
  /** The JSON answer; or the content type of a raw one. */
  response: TSchema | { contentType: string };
  handle(request: RouteRequest<unknown, unknown, unknown>): Promise<unknown> | unknown;
}

/** A request that asks for another protocol on its connection, RFC 9110 §7.8. */
export interface UpgradeRequest {
  query: unknown;
  caller: Caller;
  /** Of the client; empty on the unix socket. */
  address: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A connection that is ours now, and what was read behind its request. */
export type TakeConnection = (socket: Socket, head: Uint8Array) => void;

/** A route whose connection the feature takes over: it answers the request itself. */
export interface UpgradeRoute
  extends Pick<Route, 'path' | 'scope' | 'isBeforeClaim' | 'isAlsoPlain' | 'tag' | 'summary' | 'query'> {
  /** Throws an AppError to refuse. */
  upgrade(request: UpgradeRequest): TakeConnection;
}

type StaticOr<Schema, Fallback> = Schema extends TSchema ? Static<Schema> : Fallback;

/** Declares a route so that its handler is typed by its schemas. */
export function route<
  const Query extends TSchema | undefined = undefined,
  const Params extends TSchema | undefined = undefined,
  const Body extends TSchema | undefined = undefined,
  const Response extends TSchema | { contentType: string } = TSchema,
>(
  definition: Omit<Route, 'query' | 'params' | 'body' | 'response' | 'handle'> & {
    query?: Query;
    params?: Params;
    body?: Body;
    response: Response;
    handle(
      request: RouteRequest<StaticOr<Query, unknown>, StaticOr<Params, unknown>, StaticOr<Body, unknown>>,
    ): Response extends TSchema
      ? JsonAnswer<Static<Response>> | Promise<JsonAnswer<Static<Response>>>
      : RawReply | Promise<RawReply>;
  },
): Route {
  return definition as unknown as Route; // the schemas are checked by the server before the handler is called
}

/** One Prometheus metric; `collect` is called at each scrape. Names without the `ist_` prefix. */
export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labels?: readonly string[];
  collect(): { labels?: Record<string, string>; value: number }[];
}

/** One verb of the CLI. It runs in its own process and speaks to the service only through `client`. */
export interface Command {
  name: string;
  /** Commander syntax, for example '[target]'. */
  arguments?: string;
  summary: string;
  options?: readonly { flags: string; description: string; default?: string }[];
  /** Subcommands; when given, `run` is what the bare verb does. */
  commands?: readonly Command[];
  /** Returns the exit code: 0 ok, 1 the thing measured is bad or failed, 2 usage, 3 service unreachable. */
  run(context: CommandContext): Promise<number>;
}

export interface CommandContext {
  arguments: readonly string[];
  options: Readonly<Record<string, string | boolean | undefined>>;
  client: ServiceClient;
  terminal: Terminal;
  signal: AbortSignal;
}

/** The service's API over its local socket. Throws AppError `SERVICE_UNREACHABLE` when it does not run. */
export interface ServiceClient {
  get<Result>(path: string): Promise<Result>;
  send<Result>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Result>;
  text(path: string): Promise<string>;
  /** The body as it is, for files and for what is signed: nothing is stripped. */
  bytes(path: string): Promise<Uint8Array>;
  /** Server-sent events; ends when the connection does. */
  stream(path: string, signal: AbortSignal): AsyncIterable<{ id: string; event: string; data: unknown }>;
  readonly dataFolder: string;
}

export interface Terminal {
  readonly isJson: boolean;
  readonly hasColour: boolean;
  readonly isInteractive: boolean;
  readonly columns: number;
  readonly rows: number;
  line(text?: string): void;
  json(value: unknown): void;
  /** For people waiting; goes to standard error and vanishes. */
  progress(text: string): void;
  error(text: string): void;
  raw(text: string): void;
  readonly draw: Drawing;
  /** Single keys without Enter ('q', 'up', 'ctrl-c'); the returned function gives the keyboard back. */
  onKey(listener: (key: string) => void): () => void;
  onResize(listener: () => void): () => void;
}

/** What a text means; the terminal paints it in the dashboard's colours, or not at all. */
export type Tone = LineState | 'strong' | 'faint';

export interface TableColumn {
  title: string;
  /** `decimal` lines numbers up on their decimal point. */
  align?: 'left' | 'right' | 'decimal';
}

/** Text drawing that knows the terminal: colours, character set, width of characters. */
export interface Drawing {
  paint(tone: Tone, text: string): string;
  /** The state as a shape, because colour alone says nothing to many people and many terminals. */
  shape(state: LineState): string;
  /** One line a row under a heading, cut to `width` columns. */
  table(columns: readonly TableColumn[], rows: readonly (readonly string[])[], width: number): string[];
  /** Exactly `width` columns, newest value last; null is a lost exchange, undefined a gap. */
  sparkline(values: readonly (number | null | undefined)[], width: number): string;
  /** A duration as people say it: '9 min 23 s'. */
  duration(ms: number): string;
  /** Cuts or pads to exactly `width` columns; counts wide characters twice and escape sequences not at all. */
  fit(text: string, width: number, align?: 'left' | 'right'): string;
  /** Breaks between words into lines of at most `width` columns; later lines begin with `indent`. */
  wrap(text: string, width: number, indent?: string): string[];
}

/**
 * What features offer each other. The owner declares its port in its schema.ts:
 * `declare module '…/core/feature.ts' { interface FeaturePorts { latency: LatencyPort } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, so that core names no feature
export interface FeaturePorts {}

/** Sections of the configuration, by top-level key; merged in the same way as `FeaturePorts`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging, so that core names no feature
export interface ConfigSections {}

export interface ConfigPort {
  /** The configuration in force; never mutated, replaced as a whole on change. */
  readonly current: Readonly<ConfigSections>;
  onChange(
    listener: (current: Readonly<ConfigSections>, previous: Readonly<ConfigSections>) => void,
  ): () => void;
  /** For the features that are the owner's hand on it: settings and consent; absent where the configuration is fixed. */
  readonly editor?: ConfigEditor;
}

/** One thing that is wrong with the configuration and where it stands. */
export interface ConfigProblem {
  /** Exact place, `targets[2].intervalMs`; empty when the file as a whole is meant. */
  path: string;
  /** The file, or what overrides it (`IST_PORT`). */
  source: string;
  line: number | null;
  column: number | null;
  found: string;
  allowed: string;
  /** The whole in one sentence, safe to show. */
  message: string;
}

export interface ConfigDescription {
  /** The file that is read and written; it may not exist yet. */
  file: string;
  hasFile: boolean;
  /** In force and by default; secrets hidden. */
  values: unknown;
  defaults: unknown;
  schema: unknown;
  /** Paths that the environment or the command line decides, and by what. */
  overrides: { path: string; source: string }[];
  /** Paths whose change takes effect at the next start, and those that wait for it now. */
  restartPaths: string[];
  waitingForRestart: string[];
  problems: ConfigProblem[];
}

export interface ConfigEditor {
  describe(): ConfigDescription;
  /** Why the file is not what is in force; empty when it is. */
  problems(): readonly ConfigProblem[];
  onProblems(listener: (problems: readonly ConfigProblem[]) => void): () => void;
  /** Writes one value into the file (`undefined` removes it) and applies it. Throws AppError `CONFIG_INVALID`. */
  set(path: string, value: unknown): Promise<void>;
  /** What would be wrong with this text, or with the file as it is now. */
  check(text?: string): Promise<readonly ConfigProblem[]>;
  /** The documentation of every key as Markdown, from the schema. */
  document(): string;
}

export interface LogLine {
  /** Counts up by one per line since the process started. */
  seq: number;
  /** The line as JSON text. */
  text: string;
}

/** A bounded memory of the process's own log, so that it can be read without the journal. */
export interface LogTail {
  /** At most `limit` lines after `afterSeq`, oldest first. */
  tail(limit: number, afterSeq: number): LogLine[];
}

export interface FeatureContext {
  log: Log;
  clock: Clock;
  timeline: Timeline;
  bus: Bus;
  config: ConfigPort;
  store: Store;
  engine: ProbeEngine;
  link: LinkWatch;
  names: NameResolver;
  net: NetworkTools;
  /** Bytes up and down a line, for speed tests. */
  load: LoadGenerator;
  /** The only way to a service outside the house. */
  calls: GuardedClient;
  /** How the household's message broker is reached. */
  bridge: BridgePort;
  /** The newest lines of this process's log. */
  logs: LogTail;
  /** Names and addresses that this box answers to now, one spelling each; those that the owner added are last. */
  ownNames(): readonly string[];
  /** Facts of this process that features may show. */
  about: { version: string; isDemo: boolean; startedMonoMs: number; dataFolder: string };
  /** Another feature's port; throws when that feature is not in the list or stands later in it. */
  port<Name extends keyof FeaturePorts>(name: Name): FeaturePorts[Name];
}

/** Work for once a day; schedule/ runs it, one job at a time, and catches up after the box was off. */
export interface CalendarJob {
  /** Unique; the last run is remembered under it. */
  name: string;
  /** Local time 'HH:MM' at the site, asked anew each time; null while it is switched off. */
  dailyAt(): string | null;
  run(signal: AbortSignal): Promise<void>;
}

export type StrangerViews = Readonly<{ [Name in EventName]?: (payload: EventMap[Name]) => EventMap[Name] }>;

/** What `setup` returns: data and two functions. It starts nothing. */
export interface FeatureParts {
  start?(signal: AbortSignal): Promise<void> | void;
  stop?(): Promise<void> | void;
  routes?: readonly Route[];
  upgrades?: readonly UpgradeRoute[];
  metrics?: readonly Metric[];
  jobs?: readonly CalendarJob[];
  /** Bus events that go onto the live stream as they are. */
  streams?: readonly EventName[];
  /** The same for events that tell of settings, devices or folders: only callers with the scope `admin` get them. */
  adminStreams?: readonly EventName[];
  /** What callers who are not signed in get of an event in its place, where reading is open to the network. */
  strangerViews?: StrangerViews;
  /** Run for every request, after the gates that know the network; in the order of the features. */
  gates?: readonly AccessGate[];
  /** What home automation shows and switches. */
  entities?: FeatureEntities;
  provides?: Partial<FeaturePorts>;
}

export interface Feature {
  name: string;
  group: 'watch' | 'judge' | 'tell' | 'share' | 'keep';
  /** Sections of the configuration that it owns. */
  config?: Readonly<Record<string, TSchema>>;
  migrations?: readonly Migration[];
  /** Everybody outside the house that it contacts. */
  services?: readonly OutsideService[];
  commands?: readonly Command[];
  setup?(context: FeatureContext): FeatureParts;
}
