/** What home automation shows of the box's certificate. */
import type { FeatureEntities } from '../../../core/entities.ts';
import type { TlsStatus } from './schema.ts';

const everyMs = 6 * 3_600_000;

export function certificateFacts({ certificate, problem }: Pick<TlsStatus, 'certificate' | 'problem'>) {
  return { certificateDays: certificate?.daysLeft ?? null, hasCertificateProblem: problem !== null };
}

export function certificateEntities(status: () => TlsStatus): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'certificate',
        entities: [
          {
            component: 'sensor',
            key: 'certificate_days',
            name: 'Certificate days left',
            field: 'certificateDays',
            icon: 'mdi:certificate-outline',
            deviceClass: 'duration',
            unit: 'd',
            stateClass: 'measurement',
            category: 'diagnostic',
          },
          {
            component: 'binary_sensor',
            key: 'certificate_problem',
            name: 'Certificate',
            field: 'hasCertificateProblem',
            deviceClass: 'problem',
            category: 'diagnostic',
          },
        ],
        on: ['tls.changed'],
        everyMs,
        read: () => certificateFacts(status()),
      },
    ],
  };
}
