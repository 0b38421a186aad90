import type { Feature } from '../../../core/feature.ts';
import { latencyCommands } from './command.ts';
import { sections } from './config.ts';
import { latencyEntities } from './entities.ts';
import { latencyMetrics } from './metrics.ts';
import { latencyRoutes } from './routes.ts';
import { LatencyService } from './service.ts';
import { latencyServices } from './services.ts';
import { withoutDevices } from './without-devices.ts';

/** Round-trip time, loss and jitter of every target, every second. */
export const latency: Feature = {
  name: 'latency',
  group: 'watch',
  config: sections,
  commands: latencyCommands,
  services: latencyServices,
  setup(context) {
    const service = new LatencyService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: latencyRoutes(context, service),
      metrics: latencyMetrics(service),
      entities: latencyEntities(context, service),
      streams: ['measurement.recorded', 'target.changed', 'link.changed'],
      strangerViews: { 'target.changed': ({ targets }) => ({ targets: withoutDevices(targets) }) },
      provides: { latency: service },
    };
  },
};
