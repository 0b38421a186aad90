/**
 * What a household shows and switches elsewhere, as data: mqtt/ makes topics and a Home Assistant device of it, and no
 * feature knows of brokers.
 */
import type { TObject } from 'typebox';
import type { Bus, EventName } from './bus.ts';

interface Described {
  /** snake_case and final: elsewhere a history hangs on it. */
  key: string;
  /** Absent: the device class says it. Null: it stands for the whole box. */
  name?: string | null;
  icon?: string;
  deviceClass?: string;
  category?: 'diagnostic' | 'config';
  /** Too much for most people: there, but switched on by who wants it. */
  isOffAtFirst?: boolean;
}

interface Shown extends Described {
  /** Of the object on its topic; camelCase with its unit, null while it is not known. */
  field: string;
  /** Of a value that can be rightly absent: the field that says whether that is known. */
  knownBy?: string;
  /** The field with an object of facts that belong to it. */
  attributes?: string;
}

export interface SensorEntity extends Shown {
  component: 'sensor';
  unit?: string;
  stateClass?: 'measurement' | 'total' | 'total_increasing';
  /** For the device class `enum`: every value there is. */
  options?: readonly string[];
  /** Decimals that mean something. */
  decimals?: number;
}

/** True or false. */
export interface BinarySensorEntity extends Shown {
  component: 'binary_sensor';
}

/** Its field holds `{installed_version, latest_version, title?, release_summary?, release_url?}`, as they are read there. */
export interface UpdateEntity extends Shown {
  component: 'update';
}

export type StateEntity = SensorEntity | BinarySensorEntity | UpdateEntity;

export type EntityFacts = Readonly<Record<string, unknown>>;

/** One object that is kept up to date on one topic, and the entities that show its fields. */
export interface EntityTopic {
  /** Below the box's own: 'outage', 'line/main/latency'. */
  topic: string;
  entities: readonly StateEntity[];
  /** JSON-serialisable; the same fields every time. */
  read(): EntityFacts | Promise<EntityFacts>;
  /** Events after which it is read again. */
  on: readonly EventName[];
  /** It is read again at least this often. */
  everyMs: number;
  /** Measured all the time: a value that is not confirmed for three times `everyMs` is not known any more. */
  expires?: boolean;
}

/** A thing that happened: told once, never kept. */
export interface EventMessage {
  type: string;
  facts: EntityFacts;
}

export interface EventEntity extends Described {
  component: 'event';
  types: readonly string[];
  /** Tells of each from now on; the returned function ends it. */
  follow(bus: Bus, tell: (message: EventMessage) => void): () => void;
}

export interface CommandOrder {
  /** Of a switch or a number; null for a button. */
  value: boolean | number | null;
  /** Checked against `parameters`; empty where nothing was given. */
  parameters: Readonly<Record<string, unknown>>;
}

/** Something that may be asked of the box by whoever the broker lets in: never anything that destroys. */
export interface CommandEntity extends Described {
  component: 'button' | 'switch' | 'number';
  /** What may be given along. */
  parameters?: TObject;
  /** For a number. */
  range?: { min: number; max: number; step: number; unit?: string };
  /** Where the value of a switch or a number stands. */
  state?: { topic: string; field: string };
  /** Gives what came of it; throws an AppError with the reason where nothing did. */
  run(order: CommandOrder, signal: AbortSignal): Promise<EntityFacts> | EntityFacts;
}

export interface FeatureEntities {
  /** As it is configured now; asked again after a change. */
  topics?(): readonly EntityTopic[];
  events?: readonly EventEntity[];
  commands?: readonly CommandEntity[];
}

/** The line that has always been there keeps plain names; keys of every other one end with its name. */
export function lineKey(key: string, line: string): string {
  return line === 'main' ? key : `${key}_${line}`;
}

/** The same for people: nothing is said of the line where there is only one. */
export function lineName(name: string, line: string, count: number): string {
  return count > 1 ? `${name} (${line})` : name;
}

/** A number with so many decimals, or null for what is none. */
export function rounded(value: number | null | undefined, decimals: number): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return Number(value.toFixed(decimals));
}
