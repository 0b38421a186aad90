/** Whether one answer of a name server can be true, by what is known of the name. Pure, so that every trap has a test. */
import type { NameReply } from '../../../core/network.ts';
import { rangeOf } from './address-range.ts';
import type { NameOutcome } from './schema.ts';

/** What this line's servers said of a name before. */
export interface KnownName {
  addresses: readonly string[];
  /** It lives inside the house or a company by nature: a private address is right for it. */
  isPrivate: boolean;
}

/** Another name that the same server is asked for. */
export interface OtherName {
  known: KnownName | null;
  /** What this server said last; null when nothing yet. */
  latest: readonly string[] | null;
}

export interface AnswerInQuestion {
  name: string;
  reply: Pick<NameReply, 'outcome' | 'answers'>;
  /** Null for a name that never had an address here. */
  known: KnownName | null;
  /** For how long an unknown name has been answered with impossible addresses only; 0: it was not. */
  strangeForMs: number;
  others: readonly OtherName[];
  /** A server of the line itself; others do not know the names of the house. */
  isOwnServer: boolean;
}

export interface Judgement {
  outcome: NameOutcome;
  /** Why it counts as wrong, one sentence; null elsewhere. */
  reason: string | null;
  /** False when a failure says nothing about the server, because this name never worked here. */
  isTrusted: boolean;
  /** wait: believed, but remembered only when the server is seen to tell its names apart. */
  lesson: 'learn' | 'wait' | 'none';
  /** Worth asking more often until it is clear. */
  isOdd: boolean;
}

/** A name that gave private addresses for so long from the beginning has them by nature. */
export const natureMs = 3_600_000;

export function judgeAnswer(asked: AnswerInQuestion): Judgement {
  const { reply, known } = asked;
  if (reply.outcome !== 'answer') {
    const isNameOfTheHouse = known?.isPrivate === true && !asked.isOwnServer;
    const isTrusted = known !== null && !isNameOfTheHouse;
    return { outcome: reply.outcome, reason: null, isTrusted, lesson: 'none', isOdd: false };
  }
  const reason = whyImpossible(asked) ?? whyUnlikely(asked);
  if (reason !== null) return wrong(reason, known !== null);
  return judgeSameness(asked);
}

const wrong = (reason: string, isTrusted: boolean): Judgement => ({
  outcome: 'wrong',
  reason,
  isTrusted,
  lesson: 'none',
  isOdd: true,
});

/** An address that no public name can have, unless this name had it all along. */
function whyImpossible(asked: AnswerInQuestion): string | null {
  const { name, reply, known } = asked;
  const strange = reply.answers.find(
    (address) => isImpossible(address) && !known?.addresses.includes(address),
  );
  if (strange === undefined || known?.isPrivate === true) return null;
  if (known === null && isPrivateByNature(asked)) return null;
  const before = known?.addresses[0];
  const history = before === undefined ? '' : `; ${name} had ${before} before`;
  return `${strange} is ${rangeOf(strange)?.words}${history}.`;
}

/** A portal in front of the Internet answers every name alike, a name of the house stands alone. */
function isPrivateByNature({ reply, strangeForMs, others }: AnswerInQuestion): boolean {
  const told = others.flatMap(({ latest }) => (latest === null || latest.length === 0 ? [] : [latest]));
  if (told.some((addresses) => isSameSet(addresses, reply.answers))) return false;
  return strangeForMs >= natureMs || told.some((addresses) => !addresses.some(isImpossible));
}

/** Documentation ranges are used by test networks: odd only where the name never had such. */
function whyUnlikely({ name, reply, known }: AnswerInQuestion): string | null {
  if (known === null || known.addresses.some((address) => rangeOf(address) !== null)) return null;
  const strange = reply.answers.find((address) => rangeOf(address) !== null);
  if (strange === undefined) return null;
  return `${strange} is ${rangeOf(strange)?.words}; ${name} had ${known.addresses[0]} before.`;
}

/** All names suddenly at one and the same address that none of them had before: somebody answers for everybody. */
function judgeSameness({ reply, known, others }: AnswerInQuestion): Judgement {
  const fine = (lesson: Judgement['lesson'], isOdd: boolean): Judgement => ({
    outcome: 'answer',
    reason: null,
    isTrusted: true,
    lesson,
    isOdd,
  });
  const only = single(reply.answers);
  if (only === null || known === null || known.addresses.includes(only)) return fine('learn', false);
  const peers = others.flatMap((other) =>
    other.known === null ? [] : [{ known: other.known, latest: other.latest }],
  );
  // Names that shared an address before may well move together.
  if (peers.length === 0 || haveCommonAddress([known, ...peers.map((peer) => peer.known)]))
    return fine('learn', false);
  const alike = peers.filter(
    (peer) => peer.latest !== null && single(peer.latest) === only && !peer.known.addresses.includes(only),
  );
  if (alike.length === peers.length) {
    return wrong(`All ${peers.length + 1} names get ${only}, which none of them had before.`, true);
  }
  return fine('wait', alike.length > 0);
}

export const isImpossible = (address: string): boolean => rangeOf(address)?.isPossible === false;

/** The one address of an answer; null when there are several. */
export function single(addresses: readonly string[]): string | null {
  const [first] = addresses;
  return first !== undefined && addresses.every((address) => address === first) ? first : null;
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.every((address) => other.includes(address)) && other.every((address) => one.includes(address));
}

function haveCommonAddress(names: readonly KnownName[]): boolean {
  const [first, ...rest] = names;
  return (
    first?.addresses.some((address) => rest.every((other) => other.addresses.includes(address))) ?? false
  );
}
