import { composeConfig } from '../../config/compose.ts';
import type { FeatureEntities } from '../../core/entities.ts';
import type { ConfigSections } from '../../core/feature.ts';
import { setUpFeatures } from '../../core/wiring.ts';
import { outageEntities } from '../../features/judge/outage/entities.ts';
import { speedtestEntities } from '../../features/watch/speedtest/entities.ts';
import { features } from '../../features.ts';
import { httpConfig } from '../../http/config.ts';
import {
  type BoxFacts,
  type DiscoveryDocument,
  discoveryDocument,
  type Offered,
} from '../../mqtt/discovery.ts';
import { topicsOf } from '../../mqtt/topics.ts';
import { storeConfig } from '../../store/config.ts';
import { fakeContext } from '../fakes/context.ts';
import { usualBox, usualSettings } from '../fakes/mqtt-world.ts';

/** The configuration of a box that nobody has changed. */
const defaults = composeConfig(
  Object.assign({}, httpConfig, storeConfig, ...features.map(({ config }) => config ?? {})),
).defaults as unknown as ConfigSections; // of its own schemas

const topics = topicsOf(usualSettings, usualBox.serial);

/** Everything that every feature has for home automation, on a box with these lines. */
export function everything(lines: readonly string[] = ['main']): Offered {
  const { context } = fakeContext({
    services: features.flatMap(({ services }) => services ?? []),
    config: {
      ...defaults,
      lines: lines.map((name) => ({
        name,
        interface: 'auto',
        gateway: 'auto',
        ispHop: 'auto',
        ipv6: 'auto',
      })),
    },
  });
  // Settings have a file to write, and nothing for home automation.
  const wired = setUpFeatures(
    features.filter(({ name }) => name !== 'settings'),
    context,
  );
  const all = withThose(wired.entities, [
    outageEntities(context, wired.port('outage')),
    speedtestEntities({
      newest: async () => ({ measured: null, last: null }),
      bytesThisMonth: async () => 0,
      run: () => Promise.reject(new Error('no test is run here')),
    }),
  ]);
  return {
    topics: all.flatMap((feature) => feature.topics?.() ?? []),
    events: all.flatMap(({ events }) => events ?? []),
    commands: all.flatMap(({ commands }) => commands ?? []),
  };
}

/** Those that a feature does not hand out by itself here. */
function withThose(given: readonly FeatureEntities[], more: readonly FeatureEntities[]): FeatureEntities[] {
  const known = new Set(given.flatMap((feature) => feature.topics?.() ?? []).map(({ topic }) => topic));
  return [...given, ...more.filter((one) => !(one.topics?.() ?? []).some(({ topic }) => known.has(topic)))];
}

export function fullDocument(lines?: readonly string[], box: Partial<BoxFacts> = {}): DiscoveryDocument {
  return discoveryDocument({ ...usualBox, ...box }, topics, everything(lines));
}
