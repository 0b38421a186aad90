/** Rules 8 to 10, 21, 22: what is sent when. Each gives what is wrong. */
import {
  componentsOf,
  currentComponents,
  discoveryTopic,
  documentsOf,
  isFacts,
  type Message,
  parse,
  type Recording,
} from './recording.ts';

const is = (condition: boolean, problem: string) => (condition ? [] : [problem]);
const betweenMs = 5000;
const birthMs = [1000, 10_000] as const;
/** For what is under way, and for a broker that is slow. */
const graceMs = 3000;

export function removals(recording: Recording): string[] {
  const documents = documentsOf(recording).map(({ payload }) => componentsOf(parse(payload) ?? {}));
  return documents.flatMap((components, at) => {
    const before = documents[at - 1] ?? [];
    const now = new Set(components.map(({ key }) => key));
    return before
      .filter(({ key, facts }) => !now.has(key) && Object.keys(facts).join() !== 'platform')
      .map(({ key }) => `${key} is gone without having been reduced to its platform`);
  });
}

export function pauses(recording: Recording): string[] {
  const documents = documentsOf(recording);
  return documents.flatMap((document, at) => {
    const before = documents[at - 1];
    if (!before || before.payload === document.payload) return [];
    return is(
      document.atMs - before.atMs >= betweenMs,
      `two documents within ${document.atMs - before.atMs} ms`,
    );
  });
}

const retainedTopics = ({ sent }: Recording, untilMs: number) => {
  const values = new Map<string, string>();
  for (const { topic, payload, isRetained, atMs } of sent)
    if (isRetained && atMs <= untilMs) values.set(topic, payload);
  return [...values].flatMap(([topic, payload]) => (payload === '' ? [] : [topic]));
};

/** That everything retained is sent again within a time; gives what was not. */
function missing(recording: Recording, atMs: number, byMs: number): string[] {
  const again = new Set(
    recording.sent.filter((message) => message.atMs > atMs && message.atMs <= byMs).map(({ topic }) => topic),
  );
  return retainedTopics(recording, atMs).filter((topic) => !again.has(topic));
}

export function birth(recording: Recording): string[] {
  const { discoveryPrefix, received, sent } = recording;
  return received
    .filter(({ topic, payload }) => topic === `${discoveryPrefix}/status` && payload === 'online')
    .flatMap(({ atMs }) => {
      const byMs = atMs + birthMs[1] + graceMs;
      const after = sent.filter(
        (message) => message.isRetained && message.atMs >= atMs && message.atMs <= byMs,
      );
      const document = after.findIndex(({ topic }) => topic === discoveryTopic(recording));
      const state = after.findIndex(({ topic }) => isStateTopic(recording, topic));
      return [
        ...is(document >= 0, 'the document is not sent again when Home Assistant starts'),
        ...is(
          missing(recording, atMs, byMs).length === 0,
          'not everything is sent again when Home Assistant starts',
        ),
        ...is(document < 0 || state < 0 || document < state, 'states are sent before the document'),
        ...is(
          document < 0 || (after[document]?.atMs ?? 0) - atMs >= birthMs[0] - 50,
          'Home Assistant is not given a second',
        ),
      ];
    });
}

const isStateTopic = (recording: Recording, topic: string) =>
  currentComponents(recording).some(({ facts }) => facts.state_topic === topic && facts.platform !== 'event');

export function delivery(recording: Recording): string[] {
  const { serial, will, sent, endedMs } = recording;
  const status = documentsOf(recording).at(-1) ? statusTopicOf(recording) : `ist/${serial}/status`;
  const last = sent.findLast(({ topic }) => topic === status);
  return [
    ...is(
      will !== null && will.topic === status && will.payload === 'offline',
      'no last will on the status topic',
    ),
    ...is(will === null || (will.isRetained && will.qos === 1), 'the last will is not retained with QoS 1'),
    ...sent
      .filter(({ topic }: Message) => topic === status || isStateTopic(recording, topic))
      .flatMap(({ topic, isRetained, qos }) =>
        is(isRetained && qos === 1, `${topic} is not retained with QoS 1`),
      ),
    ...is(endedMs === null || last?.payload === 'offline', 'a clean end does not say offline'),
  ];
}

function statusTopicOf(recording: Recording): string {
  const { availability } = parse(documentsOf(recording).at(-1)?.payload ?? '') ?? {};
  const first: unknown = Array.isArray(availability) ? availability[0] : null;
  return isFacts(first) ? String(first.topic) : '';
}

export function resending(recording: Recording): string[] {
  return recording.openedMs.slice(1).flatMap((atMs) => {
    const lost = missing(recording, atMs, atMs + 2000 + graceMs);
    return is(
      lost.length === 0,
      `after a new connection these are not sent again: ${lost.slice(0, 3).join(', ')}`,
    );
  });
}
