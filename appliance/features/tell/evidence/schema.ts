import { type Static, Type } from 'typebox';
import { IsoTime, orNull } from '../../../core/shapes.ts';

/** One link of the chain. The hash covers everything before it, so nothing can be changed, left out or put in later. */
export const ChainLink = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    at: IsoTime,
    kind: Type.Union([
      Type.Literal('genesis'),
      Type.Literal('incident'),
      Type.Literal('hour'),
      Type.Literal('gap'),
      Type.Literal('key'),
    ]),
    /** Canonical JSON (RFC 8785) of what is attested. */
    payload: Type.String(),
    previous: Type.String({ description: 'SHA-256 of the link before, hex' }),
    hash: Type.String({
      description: 'SHA-256 over the canonical JSON of seq, at, kind, payload, previous; hex',
    }),
    signature: Type.String({ description: 'Ed25519 over the hash, base64' }),
  },
  { $id: 'ChainLink', additionalProperties: false },
);
export type ChainLink = Static<typeof ChainLink>;

export const ChainState = Type.Object(
  {
    length: Type.Integer(),
    head: Type.Union([Type.String(), Type.Null()]),
    /** Ed25519 public key, raw 32 bytes as hex, and the short form that people compare. */
    publicKey: Type.String({ description: 'Empty while there is no key, see problem' }),
    fingerprint: Type.String(),
    madeAt: orNull(IsoTime),
    isIntact: Type.Union([Type.Boolean(), Type.Null()], {
      description: 'Null: not yet checked since the start',
    }),
    problem: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'ChainState', additionalProperties: false },
);
export type ChainState = Static<typeof ChainState>;

export const ChainPage = Type.Object(
  {
    links: Type.Array(ChainLink),
    next: orNull(Type.Integer({ description: 'Where the next page begins; null at the end of the chain' })),
  },
  { $id: 'ChainPage', additionalProperties: false },
);
export type ChainPage = Static<typeof ChainPage>;

/** What checking a bundle or the chain gave. */
export const VerifyResult = Type.Object(
  {
    isValid: Type.Boolean(),
    checked: Type.Integer({ description: 'Links and files that were checked' }),
    fingerprint: Type.Union([Type.String(), Type.Null()]),
    problems: Type.Array(
      Type.Object({
        where: Type.String({ description: 'The file, link or byte that is not as it was signed' }),
        message: Type.String(),
      }),
    ),
  },
  { $id: 'VerifyResult', additionalProperties: false },
);
export type VerifyResult = Static<typeof VerifyResult>;

export interface EvidencePort {
  chain(): Promise<ChainState>;
}

declare module '../../../core/bus.ts' {
  interface EventMap {
    'chain.extended': { seq: number; kind: ChainLink['kind']; hash: string };
  }
}

declare module '../../../core/feature.ts' {
  interface FeaturePorts {
    evidence: EvidencePort;
  }
}
