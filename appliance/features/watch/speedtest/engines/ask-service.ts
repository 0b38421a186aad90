import type { OutsideReply } from '../../../../core/calling.ts';
import type { SpeedPorts } from '../engine.ts';
import { EngineFailure } from '../measure/failure.ts';
import type { FailureReason } from '../schema.ts';

const timeoutMs = 5000;

const reasons: Readonly<Record<Exclude<OutsideReply['outcome'], 'ok'>, FailureReason>> = {
  dns: 'dns',
  timeout: 'timeout',
  unreachable: 'unreachable',
  refused: 'refused',
  tls: 'tls',
  reset: 'reset',
  garbage: 'garbage',
  local: 'local',
  denied: 'denied',
};

/** One small question to an outside service, by the guarded client; the answer is JSON. Throws `EngineFailure`. */
export async function askService(
  { calls }: Pick<SpeedPorts, 'calls'>,
  service: string,
  url: string,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  const { outcome, message, status, body } = await calls
    .to(service)
    .request({ url, headers: { accept: 'application/json' }, limits: { timeoutMs } }, signal);
  const fail = (reason: FailureReason, words: string) => new EngineFailure(reason, words, 'server');
  if (outcome !== 'ok' || status === null)
    throw fail(outcome === 'ok' ? 'garbage' : reasons[outcome], message ?? 'no answer');
  if (status === 429) throw fail('rate-limited', 'the service wants fewer tests');
  if (status === 503) throw fail('no-capacity', 'the service has no room for a test now');
  if (status === 204) return { status, body: null };
  if (status !== 200) throw fail('garbage', `the service answered ${status}`);
  try {
    return { status, body: JSON.parse(Buffer.from(body).toString('utf8')) };
  } catch {
    throw fail('garbage', 'the service answered with something else than JSON');
  }
}
