import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type FeatureContext, type Route, route } from '../../../core/feature.ts';
import { SpeedSchedule, SpeedScheduleInput, SpeedScheduleList } from './schema.ts';
import type { SpeedtestService } from './service.ts';

const shared = { tag: 'speedtest' } as const;
const IdParams = Type.Object({ id: Type.String({ maxLength: 20 }) });

/** The owner's own times, beside the schedule of the configuration. */
export function scheduleRoutes(
  { timeline, config }: FeatureContext,
  service: SpeedtestService,
): readonly Route[] {
  const { schedules } = service;
  const list = () => schedules.list(timeline.nowMs(), config.current.site.timezone);
  const found = (id: string) => {
    const schedule = list().find((one) => one.id === id);
    if (schedule) return schedule;
    throw new AppError('SCHEDULE_UNKNOWN', `There is no schedule ${id}.`, { status: 404 });
  };
  const check = ({ line }: SpeedScheduleInput) => {
    if (line !== null) service.lineNamed(line);
  };
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/api/speedtest/schedules',
      aliases: ['/api/schedules'],
      scope: 'read',
      summary: 'Times of your own at which tests run',
      response: SpeedScheduleList,
      handle: () => ({ schedules: list() }),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/api/speedtest/schedules',
      aliases: ['/api/schedules'],
      scope: 'write',
      summary: 'Adds one; there are five at most',
      body: SpeedScheduleInput,
      response: SpeedSchedule,
      async handle({ body }) {
        check(body);
        return found(await schedules.add(body));
      },
    }),
    route({
      ...shared,
      method: 'PUT',
      path: '/api/speedtest/schedules/:id',
      aliases: ['/api/schedules/:id'],
      scope: 'write',
      summary: 'Puts another one in its place',
      params: IdParams,
      body: SpeedScheduleInput,
      response: SpeedSchedule,
      async handle({ params, body }) {
        check(body);
        await schedules.change(params.id, body);
        return found(params.id);
      },
    }),
    route({
      ...shared,
      method: 'DELETE',
      path: '/api/speedtest/schedules/:id',
      aliases: ['/api/schedules/:id'],
      scope: 'write',
      summary: 'Removes one',
      params: IdParams,
      response: Type.Object({ isRemoved: Type.Literal(true) }),
      async handle({ params }) {
        await schedules.remove(params.id);
        return { isRemoved: true as const };
      },
    }),
  ];
}
