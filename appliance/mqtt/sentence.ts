import type { BridgeStatus } from '../core/bridge.ts';

/** How the bridge stands, for people. */
export function bridgeSentence(
  {
    state,
    broker,
    problem,
    entities,
    warnings,
  }: Pick<BridgeStatus, 'state' | 'broker' | 'problem' | 'entities' | 'warnings'>,
  isDemo: boolean,
): string {
  if (isDemo) return 'The demo speaks to no broker.';
  switch (state) {
    case 'off':
      return 'No broker is configured.';
    case 'connecting':
      return problem === null ? `Connecting to ${broker}.` : `Trying ${broker} again. ${problem.message}`;
    case 'connected':
      return [`Connected to ${broker}, ${entities} entities.`, ...warnings].join(' ');
    case 'waiting':
    case 'refused':
      return problem?.message ?? `Waiting for ${broker}.`;
  }
}
