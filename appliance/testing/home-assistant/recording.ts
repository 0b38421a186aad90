/** What a box and a broker said to each other: what the rules of Home Assistant are held against. */

export interface Message {
  atMs: number;
  topic: string;
  payload: string;
  isRetained: boolean;
  qos: 0 | 1 | 2;
}

export interface Recording {
  serial: string;
  discoveryPrefix: string;
  /** What the broker was asked to publish when the connection breaks. */
  will: Omit<Message, 'atMs'> | null;
  /** When connections were made. */
  openedMs: readonly number[];
  /** Of the box, in time order. */
  sent: readonly Message[];
  /** Of others, to topics that the box listens to. */
  received: readonly Message[];
  /** The box said goodbye. */
  endedMs: number | null;
}

export type Facts = Record<string, unknown>;

export interface Component {
  key: string;
  facts: Facts;
}

export const isFacts = (value: unknown): value is Facts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === 'string';

export function parse(payload: string): Facts | null {
  try {
    const value: unknown = JSON.parse(payload);
    return isFacts(value) ? value : null;
  } catch {
    return null;
  }
}

export const discoveryTopic = ({ discoveryPrefix, serial }: Recording) =>
  `${discoveryPrefix}/device/${serial}/config`;

/** Messages that look like a discovery document of a device. */
export const documentsOf = ({ sent, discoveryPrefix }: Recording): Message[] =>
  sent.filter(({ topic }) => topic.startsWith(`${discoveryPrefix}/device/`) && topic.endsWith('/config'));

/** The last one, which is in force. */
export function documentOf(recording: Recording): Facts {
  return parse(documentsOf(recording).at(-1)?.payload ?? '') ?? {};
}

export function componentsOf(document: Facts): Component[] {
  const components = isFacts(document.components) ? document.components : {};
  return Object.entries(components).map(([key, facts]) => ({ key, facts: isFacts(facts) ? facts : {} }));
}

export const currentComponents = (recording: Recording) => componentsOf(documentOf(recording));
