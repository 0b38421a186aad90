import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Feature } from '../../../core/feature.ts';
import { settingsCommands } from './command.ts';
import { Site } from './config.ts';
import { settingsRoutes } from './routes.ts';

/** The configuration as people see it: what is in force, what is wrong, and changing it. */
export const settings: Feature = {
  name: 'settings',
  group: 'keep',
  config: { site: Site },
  commands: settingsCommands,
  setup({ config, bus, timeline }) {
    const { editor } = config;
    if (!editor)
      throw new AppError('CONFIG_FIXED', 'The settings feature needs a configuration that can be changed');
    let undo: (() => void)[] = [];
    return {
      start() {
        undo = [
          config.onChange((current, previous) =>
            bus.emit('config.changed', {
              at: toIso(timeline.nowMs()),
              sections: changedSections(current, previous),
              waitingForRestart: editor.describe().waitingForRestart,
            }),
          ),
          editor.onProblems((problems) =>
            bus.emit('config.judged', { at: toIso(timeline.nowMs()), problems: [...problems] }),
          ),
        ];
      },
      stop() {
        for (const release of undo.splice(0)) release();
      },
      routes: settingsRoutes(editor),
      metrics: [
        {
          name: 'config_problems',
          help: 'Problems of the configuration file; the last good one is in force while there are any',
          type: 'gauge',
          collect: () => [{ value: editor.problems().length }],
        },
      ],
      adminStreams: ['config.changed', 'config.judged'],
    };
  },
};

/** A section that did not change is the same object; a secret in it could not be compared. */
function changedSections(current: object, previous: object): string[] {
  const before = new Map<string, unknown>(Object.entries(previous));
  return Object.entries(current)
    .filter(([name, section]) => section !== before.get(name))
    .map(([name]) => name);
}
