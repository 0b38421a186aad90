import { Type } from 'typebox';
import { type FeatureContext, RawReply, type Route, route } from '../../../core/feature.ts';
import { bareLink } from './chain-table.ts';
import { makeBundle } from './report/bundle.ts';
import { maskHome } from './report/mask.ts';
import { gather } from './report/matter.ts';
import { reportPage } from './report/page.ts';
import { ChainPage, ChainState, VerifyResult } from './schema.ts';
import type { EvidenceService } from './service.ts';

const tag = 'evidence';
/** Two megabytes of links at most. */
const maxLinks = 1000;

const PageQuery = Type.Object(
  {
    from: Type.Integer({ minimum: 1, default: 1, description: 'Number of the first link' }),
    limit: Type.Integer({ minimum: 1, maximum: maxLinks, default: 100 }),
  },
  { additionalProperties: false },
);
const ReportQuery = Type.Object(
  {
    format: Type.Union([Type.Literal('zip'), Type.Literal('html')], {
      default: 'zip',
      description: 'zip: the signed archive; html: the readable page alone, which proves nothing by itself',
    }),
    anonymous: Type.Boolean({
      default: false,
      description: 'Mask the last parts of the addresses of the home',
    }),
  },
  { additionalProperties: false },
);

export function evidenceRoutes(context: FeatureContext, service: EvidenceService): Route[] {
  const { box } = service;
  return [
    route({
      method: 'GET',
      path: '/api/evidence',
      scope: 'read',
      tag,
      summary: 'The chain of this device: how long it is, whose key signs it, whether it is intact',
      response: ChainState,
      handle: () => service.chain(),
    }),
    route({
      method: 'GET',
      path: '/api/evidence/chain',
      scope: 'read',
      tag,
      summary: 'Links of the chain, in order',
      query: PageQuery,
      response: ChainPage,
      async handle({ query: { from, limit } }) {
        const links = await box.table.page(from, limit + 1);
        return { links: links.slice(0, limit).map(bareLink), next: links[limit]?.seq ?? null };
      },
    }),
    route({
      method: 'POST',
      path: '/api/evidence/verify',
      scope: 'run',
      tag,
      summary: 'Check every link of the chain now',
      response: VerifyResult,
      handle: () => service.verify(),
    }),
    route({
      method: 'GET',
      path: '/api/incidents/:id/report',
      scope: 'read',
      tag,
      summary: 'The evidence of an incident as a signed archive, or its readable page',
      params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
      query: ReportQuery,
      response: { contentType: 'application/zip' },
      async handle({ caller, params: { id }, query: { format, anonymous } }) {
        const found = await gather(context, box, id);
        // Where reading is open to the whole network, strangers get no addresses of the home.
        const matter = anonymous || caller.kind === 'nobody' ? await maskHome(found) : found;
        if (format === 'html') return new RawReply('text/html; charset=utf-8', reportPage(matter));
        return new RawReply('application/zip', await makeBundle(matter, box.key), `ist-incident-${id}.zip`);
      },
    }),
  ];
}
