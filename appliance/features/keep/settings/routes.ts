import { Type } from 'typebox';
import { AppError } from '../../../core/errors.ts';
import { type Caller, type ConfigEditor, RawReply, type Route, route } from '../../../core/feature.ts';
import { ConfigChange, ConfigProblems, ConfigText, Configuration } from './schema.ts';

export function settingsRoutes(editor: ConfigEditor): Route[] {
  const tag = 'Settings';
  return [
    route({
      method: 'GET',
      path: '/api/config',
      scope: 'admin',
      tag,
      summary: 'The configuration in force, its defaults, its schema and its problems',
      response: Configuration,
      handle: () => editor.describe(),
    }),
    route({
      method: 'PATCH',
      path: '/api/config',
      scope: 'admin',
      tag,
      summary: 'Write one value into the configuration file and apply it',
      body: ConfigChange,
      response: Configuration,
      async handle({ body, caller }) {
        refuseOthersAccess(body.path, caller);
        await editor.set(body.path, body.value);
        return editor.describe();
      },
    }),
    route({
      method: 'POST',
      path: '/api/config/check',
      scope: 'admin',
      tag,
      summary: 'What would be wrong with a text, or with the file as it is now; changes nothing',
      body: ConfigText,
      response: ConfigProblems,
      async handle({ body }) {
        const problems = [...(await editor.check(body.text))];
        return { isValid: problems.length === 0, problems };
      },
    }),
    route({
      method: 'GET',
      path: '/api/config/docs',
      scope: 'read',
      tag,
      summary: 'The documentation of every key, as Markdown',
      query: Type.Object({}, { additionalProperties: false }),
      response: { contentType: 'text/markdown; charset=utf-8' },
      handle: () => new RawReply('text/markdown; charset=utf-8', editor.document()),
    }),
  ];
}

/** A path that begins with the plain name of a section; every other way to write one is left to the owner. */
const plainSection = /^([A-Za-z]\w*)(?:[.[]|$)/;

/** Who has access is for the owner in person: a key, whatever its scope, may not widen it. */
function refuseOthersAccess(path: string, caller: Caller): void {
  if (caller.isOwner && caller.kind !== 'key') return;
  const section = plainSection.exec(path)?.[1];
  if (section !== undefined && section !== 'access') return;
  throw new AppError(
    'SCOPE_MISSING',
    `Only the owner in person may change ${section ?? 'a path written like this'}`,
    {
      status: 403,
    },
  );
}
