import type { Feature } from '../../../core/feature.ts';
import { forecastCommands } from './command.ts';

/** What the line will do, with the score of every forecast. */
export const forecast: Feature = {
  name: 'forecast',
  group: 'judge',
  commands: forecastCommands,
};
