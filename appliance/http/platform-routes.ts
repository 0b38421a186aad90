import { Type } from 'typebox';
import { type Clock, toIso } from '../core/clock.ts';
import { RawReply, type Route, route } from '../core/feature.ts';

export const Health = Type.Object(
  { status: Type.String(), version: Type.String(), timestamp: Type.String({ format: 'date-time' }) },
  { $id: 'Health', additionalProperties: true, description: 'Alive, and how well; holds no secrets' },
);

export interface PlatformSources {
  clock: Clock;
  version: string;
  health: () => object;
  openApiText: () => Promise<string>;
  metricsPage: () => Promise<{ contentType: string; text: string }>;
}

/** The routes that belong to no feature. */
export function platformRoutes(sources: PlatformSources): readonly Route[] {
  const { clock, version, health, openApiText, metricsPage } = sources;
  return [
    route({
      method: 'GET',
      path: '/health',
      scope: 'open',
      isBeforeClaim: true,
      isAlsoPlain: true,
      tag: 'service',
      summary: 'Whether the service is alive',
      response: Health,
      handle: () => ({ status: 'ok', version, timestamp: toIso(clock.wallMs()), ...health() }),
    }),
    route({
      method: 'GET',
      path: '/api/openapi.json',
      scope: 'open',
      isBeforeClaim: true,
      tag: 'service',
      summary: 'This description, OpenAPI 3.1',
      response: { contentType: 'application/json' },
      handle: async () => new RawReply('application/json; charset=utf-8', await openApiText()),
    }),
    route({
      method: 'GET',
      path: '/metrics',
      aliases: ['/api/metrics'],
      scope: 'read',
      tag: 'service',
      summary: 'Prometheus metrics, text format 0.0.4',
      response: { contentType: 'text/plain; version=0.0.4' },
      handle: async () => {
        const { contentType, text } = await metricsPage();
        return new RawReply(contentType, text);
      },
    }),
  ];
}
