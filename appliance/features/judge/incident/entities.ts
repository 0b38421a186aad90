/** What home automation shows of incidents, and how it says that somebody knows of one. */
import { Type } from 'typebox';
import type { EventMessage, FeatureEntities } from '../../../core/entities.ts';
import { AppError } from '../../../core/errors.ts';
import type { Incident, IncidentsNow } from './schema.ts';
import type { IncidentService } from './service.ts';

const everyMs = 5 * 60_000;
const maxText = 255;

export function incidentFacts({ current, count48h, recent }: IncidentsNow) {
  return {
    hasIncident: current !== null,
    incidents48h: count48h,
    waiting: recent.filter(({ isAcknowledged }) => !isAcknowledged).length,
    about: current && {
      id: current.id,
      title: current.title,
      text: current.text.slice(0, maxText),
      verdict: current.verdict,
      severity: current.severity,
      startedAt: current.startedAt,
    },
  };
}

export function incidentMessage(type: 'updated' | 'settled', incident: Incident): EventMessage {
  const { id, line, title, text, kind, verdict, severity, startedAt, endedAt, downSeconds } = incident;
  return {
    type: type === 'settled' ? 'settled' : endedAt === null ? 'open' : 'ended',
    facts: {
      id,
      line,
      title,
      text: text.slice(0, maxText),
      kind,
      verdict,
      severity,
      startedAt,
      endedAt,
      downSeconds,
      isAcknowledged: incident.isAcknowledged,
    },
  };
}

export function incidentEntities(service: IncidentService): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'incident',
        entities: [
          {
            component: 'binary_sensor',
            key: 'incident_open',
            name: 'Incident',
            field: 'hasIncident',
            attributes: 'about',
            deviceClass: 'problem',
          },
          {
            component: 'sensor',
            key: 'incidents_two_days',
            name: 'Incidents in two days',
            field: 'incidents48h',
            icon: 'mdi:alert-circle-outline',
            stateClass: 'measurement',
          },
        ],
        on: ['incident.updated', 'incident.settled'],
        everyMs,
        read: async () => incidentFacts(await service.now()),
      },
    ],
    events: [
      {
        component: 'event',
        key: 'incident',
        name: 'Incident report',
        icon: 'mdi:file-document-alert-outline',
        types: ['open', 'ended', 'settled'],
        follow(bus, tell) {
          const undo = [
            bus.on('incident.updated', (incident) => tell(incidentMessage('updated', incident))),
            bus.on('incident.settled', (incident) => tell(incidentMessage('settled', incident))),
          ];
          return () => {
            for (const each of undo) each();
          };
        },
      },
    ],
    commands: [
      {
        component: 'button',
        key: 'acknowledge',
        name: 'Acknowledge incidents',
        icon: 'mdi:check-all',
        parameters: Type.Object(
          { incident: Type.Optional(Type.Integer({ minimum: 1, description: 'Default: every recent one' })) },
          { additionalProperties: false },
        ),
        async run({ parameters: { incident } }) {
          if (typeof incident === 'number')
            return { incidents: [(await service.edits.acknowledge(incident)).id] };
          const { recent } = await service.now();
          const open = recent.filter(({ isAcknowledged }) => !isAcknowledged);
          if (open.length === 0)
            throw new AppError('NOTHING_TO_ACKNOWLEDGE', 'Every recent incident is acknowledged');
          for (const { id } of open) await service.edits.acknowledge(id);
          return { incidents: open.map(({ id }) => id) };
        },
      },
    ],
  };
}
