import type { EventName } from './bus.ts';
import type { FeatureEntities } from './entities.ts';
import { AppError } from './errors.ts';
import type {
  AccessGate,
  Feature,
  FeatureContext,
  FeatureParts,
  FeaturePorts,
  Metric,
  Route,
  StrangerViews,
  UpgradeRoute,
} from './feature.ts';

export interface WiredFeatures {
  parts: FeatureParts[];
  routes: Route[];
  upgrades: UpgradeRoute[];
  metrics: Metric[];
  streams: EventName[];
  adminStreams: EventName[];
  strangerViews: StrangerViews;
  gates: AccessGate[];
  entities: FeatureEntities[];
  port: FeatureContext['port'];
}

/** Sets every feature up, in order; each sees the ports of those before it. Nothing is started. */
export function setUpFeatures(
  features: readonly Feature[],
  shared: Omit<FeatureContext, 'port'>,
): WiredFeatures {
  const ports = new Map<string, unknown>();
  const wired: Omit<WiredFeatures, 'port'> = {
    parts: [],
    routes: [],
    upgrades: [],
    metrics: [],
    streams: [],
    adminStreams: [],
    strangerViews: {},
    gates: [],
    entities: [],
  };
  const port = <Name extends keyof FeaturePorts>(name: Name): FeaturePorts[Name] => {
    if (!ports.has(name))
      throw new AppError('PORT_MISSING', `No feature before this one provides the port "${String(name)}"`);
    return ports.get(name) as FeaturePorts[Name]; // the map is filled below from the features' own typed `provides`
  };
  for (const feature of features) {
    if (!feature.setup) continue;
    const parts = feature.setup({ ...shared, log: shared.log.child({ feature: feature.name }), port });
    wired.parts.push(parts);
    wired.routes.push(...(parts.routes ?? []));
    wired.upgrades.push(...(parts.upgrades ?? []));
    wired.metrics.push(...(parts.metrics ?? []));
    wired.streams.push(...(parts.streams ?? []));
    wired.adminStreams.push(...(parts.adminStreams ?? []));
    wired.strangerViews = { ...wired.strangerViews, ...parts.strangerViews };
    wired.gates.push(...(parts.gates ?? []));
    if (parts.entities) wired.entities.push(parts.entities);
    for (const [name, value] of Object.entries(parts.provides ?? {})) {
      if (ports.has(name))
        throw new AppError(
          'PORT_TWICE',
          `Two features provide the port "${name}", the second is ${feature.name}`,
        );
      ports.set(name, value);
    }
  }
  return { ...wired, port };
}
