import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { parse } from 'yaml';
import type { ConfigProblem } from '../core/feature.ts';
import type { ComposedConfig } from './compose.ts';
import { diagnose, type Finding } from './diagnose.ts';
import { asJsonSchema, branchFor, type JsonSchema, memberSchema } from './json-schema.ts';
import { type ConfigPath, formatPath, parsePath, valueAt } from './path.ts';
import { type ParsedConfig, parseConfig } from './yaml-text.ts';

/** A value that the environment or the command line decides instead of the file. */
export interface ConfigOverride {
  path: string;
  /** Text is read as the schema of its place wants it ('8080' becomes a number). */
  value: unknown;
  /** Where it comes from, for example 'IST_PORT'. */
  source: string;
}

export interface Evaluation {
  problems: ConfigProblem[];
  /** Complete and valid when there are no problems. */
  value: Record<string, unknown>;
  /** The sections of the file that are right, the others at their defaults. */
  salvaged: Record<string, unknown>;
}

/** Reads one text as the configuration. Never throws: what is wrong comes back as problems. */
export function evaluateConfig(
  composed: ComposedConfig,
  text: string,
  source: string,
  overrides: readonly ConfigOverride[],
): Evaluation {
  const parsed = parseConfig(text);
  const problems: ConfigProblem[] = parsed.faults.map(({ line, column, message }) => ({
    path: '',
    source,
    line,
    column,
    found: message,
    allowed: 'valid YAML',
    message: `${source}:${line}:${column}: ${message}`,
  }));
  const paths = overrides.map((override) => ({ override, path: parsePath(override.path) }));
  const layers = (base: Record<string, unknown>, used: typeof paths): Record<string, unknown> => {
    const raw = structuredClone(base);
    for (const { override, path } of used) put(raw, path, override.value, composed.schema);
    return composed.complete(raw);
  };
  const value = layers(parsed.value, paths);
  const findings = diagnose(composed.schema, value);
  for (const finding of findings) {
    const from = paths.find(({ path }) => isBelow(finding.path, path));
    problems.push(problemOf(finding, from ? from.override.source : source, from ? null : parsed));
  }
  if (problems.length === 0) return { problems, value, salvaged: value };
  // A wrong override must not take its whole section with it, so it goes first.
  const rightPaths = paths.filter(({ path }) => !findings.some((finding) => isBelow(finding.path, path)));
  const left = diagnose(composed.schema, layers(parsed.value, rightPaths));
  const isRight = (section: string) => !left.some((finding) => finding.path[0] === section);
  const rightSections = Object.fromEntries(
    Object.entries(parsed.value).filter(([section]) => isRight(section)),
  );
  const salvaged = layers(rightSections, rightPaths);
  const isUsable = diagnose(composed.schema, salvaged).length === 0;
  return { problems, value, salvaged: isUsable ? salvaged : structuredClone(composed.defaults) };
}

function problemOf(finding: Finding, source: string, parsed: ParsedConfig | null): ConfigProblem {
  const path = formatPath(finding.path);
  const position = parsed?.locate(finding.path, finding.at) ?? null;
  const place = position ? `${source}:${position.line}:${position.column}` : source;
  const hint = finding.hint === null ? '' : `; ${finding.hint}`;
  const what = `found ${finding.found}, allowed: ${finding.allowed}${hint}`;
  return {
    path,
    source,
    line: position?.line ?? null,
    column: position?.column ?? null,
    found: finding.found,
    allowed: finding.allowed,
    message: `${place}: ${path === '' ? '' : `${path}: `}${what}`,
  };
}

function isBelow(path: ConfigPath, ancestor: ConfigPath): boolean {
  return ancestor.every((part, index) => path[index] === part);
}

/** Puts a value into a tree of plain maps, making the maps on the way. */
function put(root: Record<string, unknown>, path: ConfigPath, value: unknown, schema: TSchema): void {
  let place: object = root;
  for (const part of path.slice(0, -1)) {
    let next: unknown = valueAt(place, [part]);
    if (typeof next !== 'object' || next === null) {
      next = {};
      Reflect.set(place, part, next);
    }
    place = next as object; // just checked
  }
  const last = path.at(-1);
  if (last === undefined) return;
  Reflect.set(place, last, typeof value === 'string' ? readWord(schema, path, value) : value);
}

/** Text as the value its place wants: `8080` is a number for a port and text for a name. */
export function readWord(schema: TSchema, path: ConfigPath, text: string): unknown {
  const wanted = schemaAt(asJsonSchema(schema), path) as TSchema; // the same document
  let value: unknown = text;
  try {
    value = parse(text);
  } catch {
    return text; // not YAML, so it can only be meant as text
  }
  return !Value.Check(wanted, value) && Value.Check(wanted, text) ? text : value;
}

function schemaAt(schema: JsonSchema, path: ConfigPath): JsonSchema {
  let node = schema;
  for (const part of path) {
    const isIndex = typeof part === 'number';
    const branch = branchFor(node, isIndex ? [] : {});
    node = (isIndex ? branch.items : memberSchema(branch, part)) ?? {};
  }
  return node;
}
