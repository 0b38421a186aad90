import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Command, CommandContext } from '../../../core/feature.ts';
import { consentCommand } from './consent-command.ts';
import type { ConfigChange, ConfigProblem, ConfigProblems, Configuration } from './schema.ts';

const place = '/api/config';

const show: Command = {
  name: 'show',
  summary: 'print the configuration in force; * marks what is not at its default',
  run: async ({ client, terminal }) => {
    const config = await client.get<Configuration>(place);
    if (terminal.isJson) terminal.json(config);
    else {
      terminal.line(
        `# ${config.file}${config.hasFile ? '' : ' (does not exist yet: defaults are in force)'}`,
      );
      const defaults = new Map(flatten(config.defaults));
      for (const [path, value] of flatten(config.values)) {
        const mark = defaults.get(path) === value ? ' ' : '*';
        const source = config.overrides.find((override) => override.path === path)?.source;
        terminal.line(`${mark} ${path} = ${value}${source ? `  (from ${source})` : ''}`);
      }
      for (const path of config.waitingForRestart) terminal.error(`${path} takes effect at the next start`);
      printProblems(config.problems, terminal);
    }
    return config.problems.length === 0 ? 0 : 1;
  },
};

const get: Command = {
  name: 'get',
  arguments: '<path>',
  summary: 'print one value, for example targets[0].host',
  run: async ({ arguments: [path = ''], client, terminal }) => {
    const { values } = await client.get<Configuration>(place);
    const value = pick(values, path);
    if (value === undefined) {
      throw new AppError(
        'CONFIG_PATH_INVALID',
        `there is nothing at ${path}; ist config show lists the paths`,
        {
          status: 404,
        },
      );
    }
    if (terminal.isJson) terminal.json({ path, value });
    else terminal.line(typeof value === 'string' ? value : JSON.stringify(value));
    return 0;
  },
};

const set: Command = {
  name: 'set',
  arguments: '<path> <value>',
  summary: 'write one value into the file and apply it, for example http.port 8081',
  run: ({ arguments: [path = '', value = ''], ...context }) => change({ path, value }, context),
};

const unset: Command = {
  name: 'unset',
  arguments: '<path>',
  summary: 'remove one value from the file: back to its default',
  run: ({ arguments: [path = ''], ...context }) => change({ path }, context),
};

const check: Command = {
  name: 'check',
  arguments: '[file]',
  summary: 'tell what is wrong with the file in use, or with another one; exit code 1 when something is',
  run: async ({ arguments: [file], client, terminal }) => {
    const body = file === undefined ? {} : { text: await readText(file) };
    const result = await client.send<ConfigProblems>('POST', `${place}/check`, body);
    const problems =
      file === undefined ? result.problems : result.problems.map((problem) => inFile(problem, file));
    if (terminal.isJson) terminal.json({ ...result, problems });
    else if (result.isValid) terminal.line('The configuration is right.');
    else printProblems(problems, terminal);
    return result.isValid ? 0 : 1;
  },
};

const path: Command = {
  name: 'path',
  summary: 'print where the configuration file is',
  run: async ({ client, terminal }) => {
    const { file, hasFile } = await client.get<Configuration>(place);
    if (terminal.isJson) terminal.json({ file, hasFile });
    else terminal.line(file);
    return 0;
  },
};

const docs: Command = {
  name: 'docs',
  summary: 'print the documentation of every key as Markdown',
  run: async ({ client, terminal }) => {
    const text = await client.text(`${place}/docs`);
    if (terminal.isJson) terminal.json({ text });
    else terminal.raw(text);
    return 0;
  },
};

export const settingsCommands: readonly Command[] = [
  {
    name: 'config',
    summary: 'show, check and change the configuration',
    commands: [show, get, set, unset, check, path, docs, consentCommand],
    run: show.run,
  },
];

type Faces = Pick<CommandContext, 'client' | 'terminal'>;

async function change(body: ConfigChange, { client, terminal }: Faces): Promise<number> {
  const config = await client.send<Configuration>('PATCH', place, body);
  if (terminal.isJson) terminal.json({ path: body.path, value: pick(config.values, body.path) ?? null });
  else {
    terminal.line(`${body.path} = ${JSON.stringify(pick(config.values, body.path)) ?? '(absent)'}`);
    const waits = config.waitingForRestart.some((changed) => isRelated(changed, body.path));
    if (waits) terminal.error(`${body.path} takes effect at the next start`);
    printProblems(config.problems, terminal);
  }
  return config.problems.length === 0 ? 0 : 1;
}

function printProblems(problems: readonly ConfigProblem[], terminal: Faces['terminal']): void {
  for (const { message } of problems) terminal.error(message);
}

function isRelated(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('CONFIG_UNREADABLE', `Cannot read ${file}: ${messageOf(error)}`, {
      status: 400,
      cause: error,
    });
  }
}

/** The service saw only the text; people want the name of their file. */
function inFile(problem: ConfigProblem, file: string): ConfigProblem {
  if (problem.source !== 'text') return problem;
  return { ...problem, source: file, message: problem.message.replace(/^text/, file) };
}

/** `targets[0].host` and its value, one line for each. */
function flatten(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, index) => flatten(item, `${path}[${index}]`));
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, member]) =>
      flatten(member, path === '' ? key : `${path}.${key}`),
    );
  }
  return [[path, typeof value === 'string' && value !== '' ? value : JSON.stringify(value)]];
}

/** The value at a path like `targets[0].host` or `targets.0.host`. */
function pick(root: unknown, path: string): unknown {
  let value = root;
  for (const part of path.split(/[.[\]]+/).filter((word) => word !== '')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
