import type { TSchema } from 'typebox';
import { composeConfig } from './compose.ts';
import { asJsonSchema, describeAllowed, isSecret, type JsonSchema } from './json-schema.ts';

const opening = `# Configuration

<!-- Generated from the schema; change the schema, not this file. -->

The service reads one YAML file, the first of: \`--config FILE\`, \`IST_CONFIG\`, \`/etc/ist/ist.yaml\`, \`ist.yaml\` in the
data folder. Without one, everything below has its default. A change of the file takes effect while the service runs,
except for the keys marked *at the next start*. A wrong file never stops the service: the last good configuration keeps
running, and \`ist config check\` tells file, line, column, the exact key, what was found and what is allowed.

\`ist config show\` prints what is in force, \`ist config set PATH VALUE\` writes one value and keeps your comments, and
\`ist config unset PATH\` goes back to the default. Paths are written like \`targets[2].intervalMs\`.

From the environment: \`IST_CONFIG\` (the file), \`IST_DATA\` (data folder), \`IST_PORT\` and \`IST_HOST\` (instead of
\`http.port\` and \`http.host\`), \`IST_LOG_LEVEL\`.
`;

/** The documentation of every key as Markdown, from the same schema that checks the file. */
export function documentConfig(sections: Readonly<Record<string, TSchema>>): string {
  const { defaults } = composeConfig(sections);
  const parts = [opening];
  for (const [name, schema] of Object.entries(sections)) {
    parts.push(documentSection(name, asJsonSchema(schema), defaults[name]));
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

interface KeyRow {
  path: string;
  schema: JsonSchema;
  isOptional: boolean;
  inheritedRestart: boolean;
}

function documentSection(name: string, schema: JsonSchema, inForce: unknown): string {
  const rows: KeyRow[] = [];
  collect(schema, name, { isOptional: false, inheritedRestart: false }, rows);
  const lines = [`## ${name}`, ''];
  if (schema.description) lines.push(`${schema.description}.`.replace(/\.\.$/, '.'), '');
  lines.push('| Key | Allowed | Default | Meaning |', '| --- | --- | --- | --- |');
  for (const row of rows) lines.push(documentKey(row));
  lines.push('', '```yaml', ...yamlOf(name, inForce), '```', '');
  return lines.join('\n');
}

/** One row for each value; maps and lists of maps are opened. */
function collect(
  schema: JsonSchema,
  path: string,
  { isOptional, inheritedRestart }: Pick<KeyRow, 'isOptional' | 'inheritedRestart'>,
  rows: KeyRow[],
): void {
  const restart = inheritedRestart || schema.restart === true;
  const map = schema.type === 'object' ? schema : schema.anyOf?.find(({ type }) => type === 'object');
  const members = Object.entries(map?.properties ?? {});
  const isLeaf = members.length === 0 && schema.items?.type !== 'object';
  if (isLeaf || schema.anyOf) rows.push({ path, schema, isOptional, inheritedRestart: restart });
  if (schema.items?.type === 'object') {
    collect(schema.items, `${path}[]`, { isOptional: false, inheritedRestart: restart }, rows);
  }
  for (const [key, member] of members) {
    const optional = !map?.required?.includes(key);
    collect(member, `${path}.${key}`, { isOptional: optional, inheritedRestart: restart }, rows);
  }
}

function documentKey({ path, schema, isOptional, inheritedRestart }: KeyRow): string {
  const notes = [(schema.description ?? schema.title ?? '').replace(/\.$/, '')];
  if (inheritedRestart) notes.push('*at the next start*');
  if (isSecret(schema)) notes.push('*secret: never shown*');
  const absent = isOptional ? '(absent)' : '(must be given)';
  const fallback = schema.default === undefined ? absent : `\`${inline(schema.default)}\``;
  const cells = [
    `\`${path}\``,
    describeAllowed(schema),
    fallback,
    notes.filter((note) => note !== '').join('; '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A section in the flow style people keep in their file: one line for each map. */
function yamlOf(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0)
    return [`${name}:`, ...value.map((item) => `  - ${flow(item)}`)];
  return [`${name}: ${flow(value)}`];
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'string')
    return /^[A-Za-z][\w /.-]*$/.test(value) && !reserved.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}: ${flow(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Words that YAML 1.2 reads as something else than text. */
const reserved = /^(true|false|null)$/i;
