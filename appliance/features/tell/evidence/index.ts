import type { Feature } from '../../../core/feature.ts';
import { chainMigrations } from './chain-table.ts';
import { report } from './report-command.ts';
import { evidenceRoutes } from './routes.ts';
import { EvidenceService } from './service.ts';
import { verify } from './verify-command.ts';

/** A record that nobody can change unseen, and reports that prove what it says. */
export const evidence: Feature = {
  name: 'evidence',
  group: 'tell',
  migrations: chainMigrations,
  commands: [report, verify],
  setup(context) {
    const service = new EvidenceService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: evidenceRoutes(context, service),
      metrics: [
        {
          name: 'evidence_chain_length',
          help: 'Links of the chain of evidence',
          type: 'gauge',
          collect: () => [{ value: service.box.state().length }],
        },
        {
          name: 'evidence_chain_intact',
          help: '1 when the last check found every link as it was signed, 0 when not; absent before the first check',
          type: 'gauge',
          collect: () => {
            const { isIntact } = service.box.state();
            return isIntact === null ? [] : [{ value: isIntact ? 1 : 0 }];
          },
        },
      ],
      streams: ['chain.extended'],
      provides: { evidence: service },
    };
  },
};
