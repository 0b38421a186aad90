import type { NameAnswer } from './schema.ts';

/** Every fourth question is for an IPv6 address: the same server, and seldom another result. */
const aaaaEvery = 4;

/** What a server is asked in its `turn`: the names one after the other, each in both families. */
export function questionOf(
  names: readonly string[],
  turn: number,
): { name: string; type: NameAnswer['type'] } | null {
  const round = Math.floor(turn / aaaaEvery);
  const isAaaa = turn % aaaaEvery === aaaaEvery - 1;
  const name = names[(isAaaa ? round : turn - round) % names.length];
  return name === undefined ? null : { name, type: isAaaa ? 'AAAA' : 'A' };
}

const endings = ['com', 'net', 'org'] as const;

/** A name that nobody has registered, below an ending that exists; `random` is 0..1. */
export function madeUpName(random: () => number): string {
  const letters = Array.from({ length: 20 }, () => String.fromCharCode(97 + Math.floor(random() * 26)));
  return `${letters.join('')}.${endings[Math.floor(random() * endings.length)]}`;
}
