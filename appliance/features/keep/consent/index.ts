import type { OutsideService } from '../../../core/calling.ts';
import type { Feature } from '../../../core/feature.ts';
import { consentSection, isSwitched } from './config.ts';
import { ledgerMigrations } from './ledger.ts';
import { consentRoutes } from './routes.ts';
import { ConsentService } from './service.ts';

/** What leaves the house, and the owner's switches over it. Its section of the configuration is made of what the other features declare. */
export const consent = (services: readonly OutsideService[]): Feature => ({
  name: 'consent',
  group: 'keep',
  config: { consent: consentSection(services) },
  migrations: ledgerMigrations,
  setup(context) {
    const service = new ConsentService(context);
    const switched = services.filter(isSwitched);
    const { calls } = context;
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: consentRoutes(service),
      metrics: [
        {
          name: 'outside_contacts_total',
          help: 'Calls to an outside service since the start',
          type: 'counter',
          labels: ['service'],
          collect: () =>
            switched.map(({ id }) => ({ labels: { service: id }, value: calls.count(id).contacts })),
        },
        {
          name: 'outside_bytes_total',
          help: 'Bytes exchanged with an outside service since the start',
          type: 'counter',
          labels: ['service', 'direction'],
          collect: () =>
            switched.flatMap(({ id }) => {
              const { sentBytes, receivedBytes } = calls.count(id);
              return [
                { labels: { service: id, direction: 'sent' }, value: sentBytes },
                { labels: { service: id, direction: 'received' }, value: receivedBytes },
              ];
            }),
        },
      ],
      streams: ['consent.changed'],
    };
  },
});
