import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, JsonBytes, type Route, route } from '../../../core/feature.ts';
import { IsoTime, Verdict } from '../../../core/shapes.ts';
import { unknownIncident } from './edits.ts';
import {
  Incident,
  IncidentDetail,
  IncidentList,
  IncidentNote,
  IncidentsNow,
  IsItMe,
  OutageConfidence,
  Snapshot,
  SnapshotList,
  SnapshotSummary,
  TimelineList,
} from './schema.ts';
import type { IncidentService } from './service.ts';

const tag = 'incidents';
const dayMs = 86_400_000;
/** Of a list without a range. */
const defaultDays = 30;
const limit = (most: number, usual: number) => Type.Integer({ minimum: 1, maximum: most, default: usual });
const id = Type.Integer({ minimum: 1, description: 'Of an incident' });
const byId = Type.Object({ id });
const byNote = Type.Object({ id, noteId: Type.Integer({ minimum: 1 }) });
const bySnapshot = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const ids = (description: string, least: number) =>
  Type.Array(Type.Integer({ minimum: 1 }), { minItems: least, maxItems: 200, description });

const ListQuery = Type.Object(
  {
    from: Type.Optional(IsoTime),
    to: Type.Optional(IsoTime),
    limit: limit(1000, 200),
    verdict: Type.Optional(Verdict),
    line: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false },
);
const EventsQuery = Type.Object(
  { limit: limit(200, 50), resolved_only: Type.Boolean({ default: false }) },
  { additionalProperties: false },
);
const TimelineQuery = Type.Object(
  { days: Type.Integer({ minimum: 1, maximum: 90, default: 30 }), limit: limit(1000, 500) },
  { additionalProperties: false },
);
const MergeRequest = Type.Object(
  { ids: ids('Incidents of one line that are one', 2) },
  { $id: 'IncidentMerge', additionalProperties: false },
);
const SplitRequest = Type.Object(
  { outages: ids('Outages that become an incident of their own', 1) },
  { $id: 'IncidentSplit', additionalProperties: false },
);
const NoteRequest = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 2000 }) },
  { $id: 'IncidentNoteRequest', additionalProperties: false },
);
const TagsRequest = Type.Object(
  { tags: Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 20 }) },
  { $id: 'IncidentTags', additionalProperties: false },
);
const SnapshotRequest = Type.Object(
  { incident: id },
  { $id: 'SnapshotRequest', additionalProperties: false },
);

export function incidentRoutes(
  { timeline }: Pick<FeatureContext, 'timeline'>,
  service: IncidentService,
): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/incidents',
      scope: 'read',
      tag,
      summary: 'Incidents that overlap a range (default: the last 30 days), newest first',
      query: ListQuery,
      response: IncidentList,
      async handle({ query }) {
        const toMs = query.to === undefined ? timeline.nowMs() : Date.parse(query.to);
        const fromMs = query.from === undefined ? toMs - defaultDays * dayMs : Date.parse(query.from);
        if (!(fromMs < toMs))
          throw new AppError(
            'RANGE_INVALID',
            `from (${query.from}) must be before to (${query.to ?? 'now'})`,
            {
              status: 400,
            },
          );
        const { limit, verdict, line } = query;
        return { incidents: await service.find({ fromMs, toMs, limit, verdict, line }) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/incidents/now',
      aliases: ['/api/alerts', '/api/outage-status'],
      scope: 'read',
      tag,
      summary: 'What lasts now, and the last two days',
      response: IncidentsNow,
      handle: () => service.now(),
    }),
    route({
      method: 'GET',
      path: '/api/incidents/:id',
      scope: 'read',
      tag,
      summary: 'Everything known of one incident; the number of a merged one leads to where it went',
      params: byId,
      response: IncidentDetail,
      async handle({ params }) {
        const detail = await service.detail(params.id);
        if (!detail) throw unknownIncident(params.id);
        return detail;
      },
    }),
    ...handRoutes(service),
    ...snapshotRoutes(service),
    ...viewRoutes({ timeline }, service),
  ];
}

/** Changes by a person. */
function handRoutes(service: IncidentService): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/incidents/merge',
      scope: 'write',
      tag,
      summary: 'Make one incident of several',
      body: MergeRequest,
      response: Incident,
      handle: ({ body }) => service.edits.merge(body.ids),
    }),
    route({
      method: 'POST',
      path: '/api/incidents/:id/split',
      scope: 'write',
      tag,
      summary: 'Take outages out into an incident of their own; gives both',
      params: byId,
      body: SplitRequest,
      response: IncidentList,
      handle: async ({ params, body }) => ({ incidents: await service.edits.split(params.id, body.outages) }),
    }),
    route({
      method: 'POST',
      path: '/api/incidents/:id/notes',
      scope: 'write',
      tag,
      summary: 'Write a note to an incident',
      params: byId,
      body: NoteRequest,
      response: IncidentNote,
      handle: ({ params, body }) => service.edits.note(params.id, body.text),
    }),
    route({
      method: 'DELETE',
      path: '/api/incidents/:id/notes/:noteId',
      scope: 'write',
      tag,
      summary: 'Remove a note',
      params: byNote,
      response: Incident,
      handle: ({ params }) => service.edits.removeNote(params.id, params.noteId),
    }),
    route({
      method: 'PUT',
      path: '/api/incidents/:id/tags',
      scope: 'write',
      tag,
      summary: 'Set the tags of an incident',
      params: byId,
      body: TagsRequest,
      response: Incident,
      handle: ({ params, body }) => service.edits.tag(params.id, body.tags),
    }),
    route({
      method: 'POST',
      path: '/api/incidents/:id/acknowledge',
      scope: 'write',
      tag,
      summary: 'Mark an incident as seen',
      params: byId,
      response: Incident,
      handle: ({ params }) => service.edits.acknowledge(params.id),
    }),
  ];
}

function snapshotRoutes(service: IncidentService): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/snapshots',
      scope: 'write',
      tag,
      summary: 'Keep everything known of an incident now, under an id that cannot be guessed',
      body: SnapshotRequest,
      response: SnapshotSummary,
      handle: ({ body }) => service.makeSnapshot(body.incident),
    }),
    route({
      method: 'GET',
      path: '/api/snapshots',
      scope: 'read',
      tag,
      summary: 'The snapshots that were made',
      response: SnapshotList,
      handle: () => service.snapshots.list(),
    }),
    route({
      method: 'GET',
      path: '/api/snapshots/:id',
      scope: 'read',
      tag,
      summary: 'One snapshot',
      params: bySnapshot,
      response: Snapshot,
      handle: async ({ params }) => new JsonBytes<Snapshot>(await service.snapshots.read(params.id)),
    }),
    route({
      method: 'DELETE',
      path: '/api/snapshots/:id',
      scope: 'write',
      tag,
      summary: 'Remove a snapshot; its link stops working',
      params: bySnapshot,
      response: SnapshotList,
      async handle({ params }) {
        await service.snapshots.remove(params.id);
        return service.snapshots.list();
      },
    }),
  ];
}

/** The same facts from other points of view. */
function viewRoutes({ timeline }: Pick<FeatureContext, 'timeline'>, service: IncidentService): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/outage-events',
      scope: 'read',
      tag,
      summary: 'Incidents of all time, newest first',
      query: EventsQuery,
      response: IncidentList,
      async handle({ query }) {
        const range = { fromMs: 0, toMs: timeline.nowMs() + dayMs };
        const { limit, resolved_only: isEnded } = query;
        return { incidents: await service.find({ ...range, limit, isEnded }) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/timeline',
      scope: 'read',
      tag,
      summary: 'Outages, degradations, recoveries and gaps as one list',
      query: TimelineQuery,
      response: TimelineList,
      async handle({ query }) {
        const toMs = timeline.nowMs() + 1;
        return { events: await service.timeline(toMs - query.days * dayMs, toMs, query.limit) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/outage-confidence',
      scope: 'read',
      tag,
      summary: 'How sure it is that the Internet is down now',
      response: OutageConfidence,
      handle: () => service.outageConfidence(),
    }),
    route({
      method: 'GET',
      path: '/api/is-it-me',
      aliases: ['/api/is-it-just-me'],
      scope: 'read',
      tag,
      summary: 'Whether the trouble is this box, the house, the provider or one service',
      response: IsItMe,
      handle: () => service.isItMe(),
    }),
  ];
}
