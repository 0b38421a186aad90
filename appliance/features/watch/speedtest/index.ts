import type { Feature } from '../../../core/feature.ts';
import { speedtestCommands } from './command.ts';
import { engines } from './engines/index.ts';
import { speedtestEntities } from './entities.ts';
import { LanEndpoint } from './lan/endpoint.ts';
import { lanRoutes, ndt7Routes } from './lan/routes.ts';
import { ledgerMigrations } from './ledger.ts';
import { runSpeedTest } from './measure/run.ts';
import { speedtestMetrics } from './metrics.ts';
import { scheduleMigrations } from './own-schedules.ts';
import { speedtestRoutes } from './routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { SpeedtestConfig } from './schema.ts';
import { SpeedtestService } from './service.ts';
import { speedServices } from './services.ts';
import { testMigrations } from './store.ts';

/** How fast each line is and how it behaves under load, measured seldom, in few bytes and never in anybody's way. */
export const speedtest: Feature = {
  name: 'speedtest',
  group: 'watch',
  config: { speedtest: SpeedtestConfig },
  migrations: [...ledgerMigrations, ...testMigrations, ...scheduleMigrations],
  services: speedServices,
  commands: speedtestCommands,
  setup(context) {
    const { config, load, clock, link, log } = context;
    const service = new SpeedtestService({ context, run: runSpeedTest, engines });
    const endpoint = new LanEndpoint({
      isOn: () => config.current.speedtest.lanEndpoint,
      isTesting: () => service.isBusy,
    });
    let unfollow: () => void = () => undefined;
    const readNetworks = async () => endpoint.nearness.update(await link.read());
    return {
      async start() {
        await readNetworks();
        unfollow = link.onChange(() => {
          readNetworks().catch((error: unknown) =>
            log.warn({ err: error }, 'the own networks could not be read'),
          );
        });
        await service.start();
      },
      async stop() {
        unfollow();
        await service.stop();
      },
      routes: [
        ...speedtestRoutes(context, service),
        ...scheduleRoutes(context, service),
        ...lanRoutes(endpoint, clock),
      ],
      upgrades: ndt7Routes(endpoint, load),
      metrics: speedtestMetrics(service),
      streams: ['speedtest.progress', 'speedtest.finished'],
      entities: speedtestEntities(service),
      provides: { speedtest: service },
    };
  },
};
