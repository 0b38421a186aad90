import type { Feature } from '../../../core/feature.ts';
import { answerMigrations } from './answer-log.ts';
import { dnsCommands } from './command.ts';
import { dnsEntities } from './entities.ts';
import { knownNameMigrations } from './known-names.ts';
import { dnsMetrics } from './metrics.ts';
import { dnsRoutes } from './routes.ts';
import { DnsService } from './service.ts';
import { dnsServices } from './services.ts';

/** Whether names are resolved, by whom, how fast, and whether the answers can be true. */
export const dns: Feature = {
  name: 'dns',
  group: 'watch',
  migrations: [...knownNameMigrations, ...answerMigrations],
  commands: dnsCommands,
  services: dnsServices,
  setup(context) {
    const service = new DnsService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: dnsRoutes(context, service),
      metrics: dnsMetrics(service),
      entities: dnsEntities(() => service.states()),
      streams: ['names.changed'],
      provides: { dns: service },
    };
  },
};
