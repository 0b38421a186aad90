import { CommanderError, Option, Command as Verb } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import type { Command, ServiceClient, Terminal } from '../core/feature.ts';
import type { ModelRoom } from '../core/forecasting.ts';

export const exitCode = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** Options that every verb understands, before or after its name. */
export interface GlobalOptions {
  json?: boolean;
  data?: string;
  url?: string;
}

export type Options = Readonly<Record<string, string | boolean | undefined>>;

export interface ProcessOption {
  flags: string;
  description: string;
  default?: string;
  /** For the program itself, not for people. */
  isHidden?: boolean;
}

/** A verb that is a process of its own instead of a question to the running service. */
export interface ProcessVerb {
  name: string;
  summary: string;
  options: readonly ProcessOption[];
  run(options: Options, terminal: Terminal, signal: AbortSignal): Promise<number>;
}

export interface ProgramParts {
  version: string;
  commands: readonly Command[];
  processVerbs: readonly ProcessVerb[];
  signal: AbortSignal;
  connect(options: GlobalOptions): ServiceClient;
  openTerminal(isJson: boolean): Terminal;
  loadModel?(): Promise<ModelRoom>;
}

/** Runs one command line to its exit code; never throws and never ends the process. */
export async function runProgram(words: readonly string[], parts: ProgramParts): Promise<number> {
  const isJson = words.includes('--json');
  const terminal = parts.openTerminal(isJson);
  let code: number = exitCode.ok;
  const program = createProgram(parts, terminal, (result) => {
    code = result;
  });
  try {
    if (words.length === 0) {
      terminal.line(program.helpInformation());
      return exitCode.usage;
    }
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (parts.signal.aborted) return exitCode.ok;
    return report(error, terminal);
  }
}

function createProgram(parts: ProgramParts, terminal: Terminal, finish: (code: number) => void): Verb {
  const program = new Verb('ist')
    .description('Internet Stability Tracker: says when the line was bad, whose fault it was, and proves it.')
    .version(parts.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a verb')
    .helpCommand('help [verb]', 'explain a verb')
    .addOption(new Option('--json', 'print the same data as the API, for programs'))
    .addOption(
      new Option('--data <folder>', 'data folder of the service (else IST_DATA, ./data, /var/lib/ist)'),
    )
    .addOption(new Option('--url <address>', 'ask a service elsewhere over HTTP (its key in IST_KEY)'))
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(terminal.columns, 100) })
    .configureOutput({
      writeOut: (text) => terminal.raw(text),
      writeErr: (text) => terminal.error(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 the thing measured is bad or failed, 2 usage, 3 service unreachable.',
    );
  for (const verb of parts.processVerbs) {
    const added = addVerb(program, verb);
    added.action(async () => finish(await verb.run(added.optsWithGlobals(), terminal, parts.signal)));
  }
  for (const command of parts.commands) addCommand(program, command, parts, terminal, finish);
  return program;
}

function addCommand(
  parent: Verb,
  command: Command,
  parts: ProgramParts,
  terminal: Terminal,
  finish: (code: number) => void,
): void {
  const verb = addVerb(parent, command);
  verb.action(async () => {
    const options = verb.optsWithGlobals<Options & GlobalOptions>();
    const client = parts.connect(options);
    const given = verb.processedArgs.flat().filter((word) => word !== undefined);
    const { signal, loadModel } = parts;
    const model = loadModel === undefined ? {} : { loadModel };
    finish(await command.run({ arguments: given, options, client, terminal, signal, ...model }));
  });
  for (const child of command.commands ?? []) addCommand(verb, child, parts, terminal, finish);
}

function addVerb(
  parent: Verb,
  {
    name,
    arguments: shape,
    summary,
    options = [],
  }: Omit<Command, 'run' | 'commands' | 'options'> & { options?: readonly ProcessOption[] },
): Verb {
  const verb = parent.command(shape === undefined ? name : `${name} ${shape}`).description(summary);
  verb.helpOption('-h, --help', 'explain this verb').allowExcessArguments(false);
  for (const { flags, description, default: value, isHidden = false } of options) {
    verb.addOption(new Option(flags, description).default(value).hideHelp(isHidden));
  }
  return verb;
}

function report(error: unknown, terminal: Terminal): number {
  const isOurs = error instanceof AppError;
  const code = isOurs ? error.code : 'INTERNAL';
  const message = messageOf(error);
  if (terminal.isJson) {
    const details = isOurs && error.details !== undefined ? { details: error.details } : {};
    terminal.json({ error: { code, message, ...details } });
  } else {
    terminal.error(`ist: ${message}`);
    if (!isOurs && error instanceof Error && error.stack !== undefined) terminal.error(error.stack);
  }
  if (!isOurs) return exitCode.failed;
  if (code === 'SERVICE_UNREACHABLE') return exitCode.unreachable;
  // What the API calls a bad request is a bad command line here.
  return [400, 404, 422].includes(error.status) ? exitCode.usage : exitCode.failed;
}
