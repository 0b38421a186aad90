import { type Static, Type } from 'typebox';
import type { Secret } from '../../../core/secret.ts';
import { isPasswordHash } from './password-hash.ts';

/** Who may see and do what. */
export const AccessConfig = Type.Object(
  {
    openReading: Type.Boolean({
      default: false,
      title: 'Open reading on this network',
      description:
        'Anybody on this network may look at measurements and outages without signing in; never at settings, addresses of devices, accounts or logs',
    }),
    maxKeys: Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 50,
      title: 'Access keys',
      description: 'How many access keys for programs there may be',
    }),
    ownerPasswordHash: Type.Unsafe<Secret | null>(
      Type.Union(
        [
          Type.Refine(
            Type.String({ maxLength: 512, expected: 'an Argon2id hash as "ist passwd hash" prints it' }),
            isPasswordHash,
          ),
          Type.Null(),
        ],
        {
          default: null,
          secret: true,
          expected: 'an Argon2id hash as "ist passwd hash" prints it, or null',
          title: 'Password of the owner, hashed',
          description:
            'Makes the owner without a claim code while there is none; without effect afterwards. Made with: ist passwd hash',
        },
      ),
    ),
  },
  { title: 'Access', description: 'Who may see and do what', additionalProperties: false },
);
export type AccessConfig = Static<typeof AccessConfig>;

declare module '../../../core/feature.ts' {
  interface ConfigSections {
    access: AccessConfig;
  }
}
