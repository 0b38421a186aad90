import type { Feature } from '../../../core/feature.ts';
import { tlsCommand } from './command.ts';
import { certificateEntities } from './entities.ts';
import { issueInProcess } from './issuer.ts';
import { ownFiles } from './own-files.ts';
import { certificateRoutes } from './routes.ts';
import { CertificateService } from './service.ts';

/** Who this box is, for browsers: its own authority, its certificate and the renewing of it, or the owner's. */
export const certificate: Feature = {
  name: 'certificate',
  group: 'keep',
  commands: [tlsCommand],
  setup(context) {
    const service = new CertificateService(context, ownFiles(context.about.dataFolder), issueInProcess);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: certificateRoutes(service),
      entities: certificateEntities(() => service.status()),
      metrics: [
        {
          name: 'tls_certificate_expiry_timestamp_seconds',
          help: 'When the certificate in use ends; absent while the port speaks plain HTTP',
          type: 'gauge',
          labels: ['kind'],
          collect: () => {
            const { certificate, inUse } = service.status();
            if (certificate === null) return [];
            return [{ labels: { kind: inUse }, value: Date.parse(certificate.endsAt) / 1000 }];
          },
        },
      ],
      streams: ['tls.changed'],
      provides: { certificate: service },
    };
  },
};
