import type { Feature } from '../../../core/feature.ts';
import { systemCommands } from './command.ts';
import { systemEntities } from './entities.ts';
import { HostFacts } from './host-facts.ts';
import { LoopDelay } from './loop-delay.ts';
import { systemMetrics } from './metrics.ts';
import { systemRoutes } from './routes.ts';
import { StoreWatch } from './store-watch.ts';

/** The box itself: what it is, how it feels, what it logged, and what is wrong with it. */
export const system: Feature = {
  name: 'system',
  group: 'keep',
  commands: systemCommands,
  setup(context) {
    const loopDelay = new LoopDelay(context.clock);
    const storeWatch = new StoreWatch(context.store, context.clock);
    const host = new HostFacts(context.clock);
    return {
      async start() {
        loopDelay.start();
        await storeWatch.start();
      },
      stop() {
        loopDelay.stop();
        storeWatch.stop();
      },
      routes: systemRoutes(context, { loopDelay, storeWatch, host }),
      metrics: systemMetrics(context, loopDelay, storeWatch),
      entities: systemEntities(context, host),
    };
  },
};
