import type { Feature } from '../../../core/feature.ts';
import { captureMigrations } from './captures.ts';
import { blackBoxRoutes } from './routes.ts';
import { BlackBoxService } from './service.ts';

/** The last minutes at full resolution, a closer look when an answer is missing, and both kept for every event. */
export const blackBox: Feature = {
  name: 'black-box',
  group: 'watch',
  migrations: captureMigrations,
  setup(context) {
    const service = new BlackBoxService(context);
    return {
      start: () => service.start(),
      stop: () => service.stop(),
      routes: blackBoxRoutes(service),
      metrics: [
        {
          name: 'hurrying',
          help: '1 while the targets of a line are probed quickly because something seems wrong',
          type: 'gauge',
          labels: ['line'],
          collect: () => service.facts().hurrying.map((line) => ({ labels: { line }, value: 1 })),
        },
        {
          name: 'black_box_bytes',
          help: 'Memory that the last five minutes of every target take',
          type: 'gauge',
          collect: () => [{ value: service.facts().ringBytes }],
        },
      ],
      streams: ['capture.stored'],
      provides: { blackBox: service },
    };
  },
};
