import type { Feature } from '../../../core/feature.ts';
import { systemCommands } from './command.ts';
import { HostFacts } from './host-facts.ts';
import { LoopDelay } from './loop-delay.ts';
import { StoreWatch, systemMetrics } from './metrics.ts';
import { systemRoutes } from './routes.ts';

/** The box itself: what it is, how it feels, what it logged, and what is wrong with it. */
export const system: Feature = {
  name: 'system',
  group: 'keep',
  commands: systemCommands,
  setup(context) {
    const loopDelay = new LoopDelay(context.clock);
    const storeWatch = new StoreWatch(context.store);
    return {
      async start() {
        loopDelay.start();
        await storeWatch.start();
      },
      stop() {
        loopDelay.stop();
        storeWatch.stop();
      },
      routes: systemRoutes(context, { loopDelay, host: new HostFacts(context.clock) }),
      metrics: systemMetrics(context, loopDelay, storeWatch),
    };
  },
};
