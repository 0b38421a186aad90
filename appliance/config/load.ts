import { isDeepStrictEqual } from 'node:util';
import type { TSchema } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { ConfigDescription, ConfigPort, ConfigProblem, ConfigSections } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import {
  type ComposedConfig,
  composeConfig,
  freeze,
  hiddenSecret,
  restartsNeeded,
  sealSecrets,
  withoutSecrets,
} from './compose.ts';
import { documentConfig } from './document.ts';
import { readText, writeText } from './durable-file.ts';
import { type ConfigOverride, evaluateConfig, readWord } from './evaluate.ts';
import { formatPath, parsePath, valueAt } from './path.ts';
import { FileWatch } from './watch-file.ts';
import { editConfig } from './yaml-text.ts';

export interface OpenConfigOptions {
  /** By top-level key, from rooms and features. */
  sections: Readonly<Record<string, TSchema>>;
  /** Named by the user (--config, IST_CONFIG): must be readable. */
  file: string | null;
  /** Looked for in this order; the last one is where a new file is made. */
  candidates: readonly string[];
  /** The last text without problems is kept here; null keeps none. */
  lastGoodFile: string | null;
  overrides?: readonly ConfigOverride[];
  log: Log;
  clock: Clock;
}

export interface OpenedConfig {
  port: ConfigPort;
  /** The file that is read, watched and written; it may not exist yet. */
  file: string;
  get(path: string): unknown;
  set(path: string, value: unknown): Promise<void>;
  /** Reads the file again (also done when it changes); resolves with what is wrong with it. */
  reload(): Promise<readonly ConfigProblem[]>;
  stop(): void;
}

/**
 * Opens the configuration and watches its file. A wrong file never stops the service: the last good copy runs, or what
 * is right of the file with defaults for the rest, and the problems are told. Throws only when a file that the user
 * named cannot be read (`CONFIG_UNREADABLE`).
 */
export async function openConfig(options: OpenConfigOptions): Promise<OpenedConfig> {
  const config = new ConfigFile(options, await findFile(options));
  await config.open();
  return config;
}

async function findFile({ file, candidates }: OpenConfigOptions): Promise<string> {
  if (file !== null) {
    if ((await readText(file)) === null) {
      throw new AppError('CONFIG_UNREADABLE', `Cannot read ${file}: there is no such file`);
    }
    return file;
  }
  for (const candidate of candidates) {
    const isThere = await readText(candidate).then(
      (text) => text !== null,
      () => true, // unreadable: the user meant it, so say so instead of taking another one
    );
    if (isThere) return candidate;
  }
  const last = candidates.at(-1);
  if (last === undefined)
    throw new AppError('CONFIG_UNREADABLE', 'No place for the configuration file is known');
  return last;
}

type Values = Record<string, unknown>;
type ChangeListener = Parameters<ConfigPort['onChange']>[0];
type ProblemListener = (problems: readonly ConfigProblem[]) => void;

class ConfigFile implements OpenedConfig {
  readonly file: string;
  readonly port: ConfigPort;
  readonly #options: OpenConfigOptions;
  readonly #composed: ComposedConfig;
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #problemListeners = new Set<ProblemListener>();
  /** As it stands in the file, secrets readable; it never leaves this room. */
  #current: Readonly<Values>;
  /** The same as everybody else sees it, secrets sealed. */
  #sealed: Readonly<Values> = {};
  /** What the service started with; keys with `restart` still run with it. */
  #atStart: Readonly<Values>;
  #problems: readonly ConfigProblem[] = [];
  #text: string | null = null;
  #textInForce: string | null = null;
  readonly #watch: FileWatch;
  /** Reading and writing happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: OpenConfigOptions, file: string) {
    this.file = file;
    this.#options = options;
    this.#composed = composeConfig(options.sections);
    this.#current = {};
    this.#take(this.#composed.defaults);
    this.#atStart = this.#current;
    this.port = this.#makePort();
    this.#watch = new FileWatch(file, options.clock, options.log, () => {
      this.reload().catch((error: unknown) => {
        options.log.error({ err: error, file }, 'reading the configuration again failed');
      });
    });
  }

  async open(): Promise<void> {
    const { log, lastGoodFile } = this.#options;
    const { text, problem } = await this.#read();
    const { problems, value, salvaged } = this.#evaluate(text ?? '');
    if (problem) problems.unshift(problem);
    this.#text = text;
    if (problems.length === 0) {
      this.#take(value);
      this.#textInForce = text;
      if (text !== null) await this.#keepLastGood(text);
    } else {
      const lastGood = await this.#readLastGood();
      this.#take(lastGood ?? salvaged);
      const running = lastGood
        ? `the last good copy ${lastGoodFile}`
        : 'its right sections, the rest at defaults';
      log.error(
        { file: this.file, problems: problems.length },
        `the configuration is wrong; running with ${running}`,
      );
    }
    this.#atStart = this.#current;
    this.#tell(problems);
    this.#watch.start();
  }

  get(path: string): unknown {
    return valueAt(this.#sealed, parsePath(path));
  }

  set(path: string, value: unknown): Promise<void> {
    return this.#inTurn(() => this.#write(path, value));
  }

  reload(): Promise<readonly ConfigProblem[]> {
    return this.#inTurn(async () => {
      const { text, problem } = await this.#read();
      if (problem === null && text === this.#text) return this.#problems;
      this.#text = text;
      await this.#apply(text, problem ?? (text === null ? this.#goneProblem() : null));
      return this.#problems;
    });
  }

  stop(): void {
    this.#watch.stop();
    this.#changeListeners.clear();
    this.#problemListeners.clear();
  }

  async #write(pathText: string, given: unknown): Promise<void> {
    const path = parsePath(pathText);
    const shown = formatPath(path);
    const override = (this.#options.overrides ?? []).find(
      ({ path: decided }) =>
        decided === shown || decided.startsWith(`${shown}.`) || shown.startsWith(`${decided}.`),
    );
    if (override) {
      throw new AppError(
        'CONFIG_OVERRIDDEN',
        `${override.path} is decided by ${override.source}; change it there`,
        {
          status: 409,
        },
      );
    }
    if (JSON.stringify(given)?.includes(hiddenSecret)) {
      throw new AppError(
        'CONFIG_INVALID',
        `${shown}: ${hiddenSecret} stands for a secret that is set; give the secret`,
        {
          status: 400,
        },
      );
    }
    // Of a file that somebody removed, what it said is still in force: it comes back with the new value.
    const before = (await readText(this.file)) ?? this.#textInForce ?? '';
    const broken = this.#evaluate(before).problems;
    if (broken.some((problem) => problem.path === '')) throw this.#invalid(broken);
    const value = typeof given === 'string' ? readWord(this.#composed.schema, path, given) : given;
    const text = editConfig(before, path, value, this.#current);
    const known = new Set(broken.map(({ path: at, found }) => `${at} ${found}`));
    const added = this.#evaluate(text).problems.filter(({ path: at, found }) => !known.has(`${at} ${found}`));
    if (added.length > 0) throw this.#invalid(added.map(withoutPlace));
    if (text === this.#text) return;
    await writeText(this.file, text);
    this.#text = text;
    this.#watch.start();
    await this.#apply(text, null);
  }

  #invalid(problems: readonly ConfigProblem[]): AppError {
    const message = problems.map(({ message: text }) => text).join('\n');
    return new AppError('CONFIG_INVALID', message, { status: 400, details: { problems } });
  }

  /** Takes a new text into force, or keeps what runs and tells why. */
  async #apply(text: string | null, problem: ConfigProblem | null): Promise<void> {
    const { problems, value } = this.#evaluate(text ?? '');
    const all = problem ? [problem] : problems;
    if (all.length === 0 && text !== null) {
      const previous = this.#sealed;
      if (!isDeepStrictEqual(this.#current, value)) {
        this.#take(value);
        for (const listener of this.#changeListeners)
          this.#call(() => listener(this.#sections(), asSections(previous)));
      }
      this.#textInForce = text;
      await this.#keepLastGood(text);
    }
    this.#tell(all);
  }

  /** Sections that did not change stay the same objects: a sealed secret cannot be compared with another. */
  #take(values: Readonly<Values>): void {
    const before = this.#current;
    this.#current = freeze(values);
    const sealed = sealSecrets(this.#composed.schema, values) as Values; // a map in, the same map out
    for (const [name, section] of Object.entries(values))
      if (isDeepStrictEqual(section, before[name])) sealed[name] = this.#sealed[name];
    this.#sealed = freeze(sealed);
  }

  #tell(problems: readonly ConfigProblem[]): void {
    const isSame = isDeepStrictEqual(problems, this.#problems);
    this.#problems = problems;
    if (isSame) return;
    for (const { path, message } of problems) {
      this.#options.log.error({ state: 'config.problem', path }, message);
    }
    if (problems.length === 0)
      this.#options.log.info({ file: this.file }, 'the configuration is right again');
    for (const listener of this.#problemListeners) this.#call(() => listener(problems));
  }

  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a listener of the configuration failed');
    }
  }

  #evaluate(text: string, source = this.file) {
    return evaluateConfig(this.#composed, text, source, this.#options.overrides ?? []);
  }

  async #read(): Promise<{ text: string | null; problem: ConfigProblem | null }> {
    try {
      return { text: await readText(this.file), problem: null };
    } catch (error) {
      return { text: null, problem: this.#fileProblem(messageOf(error)) };
    }
  }

  #goneProblem(): ConfigProblem {
    return this.#fileProblem(`${this.file} is gone; what it said stays in force until the next start`);
  }

  #fileProblem(message: string): ConfigProblem {
    return {
      path: '',
      source: this.file,
      line: null,
      column: null,
      found: 'an unreadable file',
      allowed: 'a readable YAML file',
      message,
    };
  }

  async #readLastGood(): Promise<Values | null> {
    if (this.#options.lastGoodFile === null) return null;
    const text = await readText(this.#options.lastGoodFile).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'the last good configuration cannot be read');
      return null;
    });
    if (text === null) return null;
    const { problems, value } = this.#evaluate(text, this.#options.lastGoodFile);
    return problems.length === 0 ? value : null;
  }

  async #keepLastGood(text: string): Promise<void> {
    const path = this.#options.lastGoodFile;
    if (path === null) return;
    try {
      if ((await readText(path).catch(() => null)) !== text) await writeText(path, text); // spares the flash
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last good configuration cannot be kept');
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined); // the caller has it; the next one goes on
    return result;
  }

  #sections(): Readonly<ConfigSections> {
    return asSections(this.#sealed);
  }

  #describe(): ConfigDescription {
    const { schema, defaults, restartPaths } = this.#composed;
    return {
      file: this.file,
      hasFile: this.#text !== null,
      values: withoutSecrets(schema, this.#current),
      defaults: withoutSecrets(schema, defaults),
      schema,
      overrides: (this.#options.overrides ?? []).map(({ path, source }) => ({ path, source })),
      restartPaths: [...restartPaths],
      waitingForRestart: restartsNeeded(schema, this.#atStart, this.#current),
      problems: [...this.#problems],
    };
  }

  async #check(text?: string): Promise<readonly ConfigProblem[]> {
    if (text !== undefined) return this.#evaluate(text, 'text').problems;
    const { text: onDisk, problem } = await this.#read();
    return problem ? [problem] : this.#evaluate(onDisk ?? '').problems;
  }

  #makePort(): ConfigPort {
    const sections = () => this.#sections();
    return {
      get current() {
        return sections();
      },
      onChange: (listener) => {
        this.#changeListeners.add(listener);
        return () => this.#changeListeners.delete(listener);
      },
      editor: {
        describe: () => this.#describe(),
        problems: () => this.#problems,
        onProblems: (listener) => {
          this.#problemListeners.add(listener);
          return () => this.#problemListeners.delete(listener);
        },
        set: (path, value) => this.set(path, value),
        check: (text) => this.#check(text),
        document: () => documentConfig(this.#options.sections),
      },
    };
  }
}

/** For a value that was refused: the line it would have had is in no file. */
function withoutPlace(problem: ConfigProblem): ConfigProblem {
  const place = `${problem.source}:${problem.line}:${problem.column}: `;
  return { ...problem, line: null, column: null, message: problem.message.replace(place, '') };
}

/** Checked against the schema that the sections' types come from. */
function asSections(values: Readonly<Values>): Readonly<ConfigSections> {
  return values as Readonly<ConfigSections>; // see above
}
