import type { NameQuestion, NameReply } from '../core/network.ts';
import type { ProbeEngine } from '../core/probing.ts';

export async function ask(
  _engine: ProbeEngine,
  _question: NameQuestion,
  _signal?: AbortSignal,
): Promise<NameReply> {
  return { outcome: 'local', rttUs: Number.NaN, rcode: null, answers: [], ttlSeconds: null };
}
