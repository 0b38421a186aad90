import { type Static, Type } from 'typebox';
import { IsoTime } from '../../../core/shapes.ts';

export const ConfigProblem = Type.Object(
  {
    path: Type.String({
      description: 'Exact place, for example targets[2].intervalMs; empty: the whole file',
    }),
    source: Type.String({ description: 'The file, or what overrides it' }),
    line: Type.Union([Type.Integer(), Type.Null()]),
    column: Type.Union([Type.Integer(), Type.Null()]),
    found: Type.String(),
    allowed: Type.String(),
    message: Type.String({ description: 'The whole in one sentence' }),
  },
  { $id: 'ConfigProblem', additionalProperties: false },
);
export type ConfigProblem = Static<typeof ConfigProblem>;

export const ConfigProblems = Type.Object(
  { isValid: Type.Boolean(), problems: Type.Array(ConfigProblem) },
  { $id: 'ConfigProblems', additionalProperties: false },
);
export type ConfigProblems = Static<typeof ConfigProblems>;

export const Configuration = Type.Object(
  {
    file: Type.String({ description: 'The file that is read and written' }),
    hasFile: Type.Boolean({ description: 'False until something is set: the defaults are in force' }),
    values: Type.Unknown({ description: 'In force; secrets that are set show as ********' }),
    defaults: Type.Unknown(),
    schema: Type.Unknown({
      description: 'JSON Schema of the whole, with title, description, default, restart',
    }),
    overrides: Type.Array(
      Type.Object({ path: Type.String(), source: Type.String() }, { additionalProperties: false }),
      { description: 'What the environment or the command line decides instead of the file' },
    ),
    restartPaths: Type.Array(Type.String(), { description: 'Keys that take effect at the next start' }),
    waitingForRestart: Type.Array(Type.String(), {
      description: 'Keys of these that were changed since the start',
    }),
    problems: Type.Array(ConfigProblem, { description: 'Why the file is not what is in force' }),
  },
  { $id: 'Configuration', additionalProperties: false },
);
export type Configuration = Static<typeof Configuration>;

export const ConfigChange = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'For example http.port or targets[2].intervalMs',
    }),
    value: Type.Optional(
      Type.Unknown({
        description: 'Any JSON value; text is read as its place wants it. Absent: back to the default',
      }),
    ),
  },
  { $id: 'ConfigChange', additionalProperties: false },
);
export type ConfigChange = Static<typeof ConfigChange>;

export const ConfigText = Type.Object(
  {
    text: Type.Optional(
      Type.String({ maxLength: 1_048_576, description: 'YAML; absent: the file as it is now' }),
    ),
  },
  { $id: 'ConfigText', additionalProperties: false },
);

/** Event `config.changed`: new values are in force. */
export const ConfigChanged = Type.Object(
  {
    at: IsoTime,
    sections: Type.Array(Type.String(), { description: 'Top-level keys that differ' }),
    waitingForRestart: Type.Array(Type.String()),
  },
  { $id: 'ConfigChanged', additionalProperties: false },
);
export type ConfigChanged = Static<typeof ConfigChanged>;

/** Event `config.judged`: the file has other problems than before; none means that it is right again. */
export const ConfigJudged = Type.Object(
  { at: IsoTime, problems: Type.Array(ConfigProblem) },
  { $id: 'ConfigJudged', additionalProperties: false },
);
export type ConfigJudged = Static<typeof ConfigJudged>;

declare module '../../../core/bus.ts' {
  interface EventMap {
    'config.changed': ConfigChanged;
    'config.judged': ConfigJudged;
  }
}
