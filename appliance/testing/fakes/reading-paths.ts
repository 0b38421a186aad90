import type { HttpServer } from '../../http/server.ts';

/** The part of OpenAPI that is read here. */
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: {
    default?: unknown;
    enum?: unknown[];
    const?: unknown;
    type?: string;
    minimum?: number;
    anyOf?: Parameter['schema'][];
  };
}

const fillers: Readonly<Record<string, string>> = {
  from: '2026-11-22T00:00:00Z',
  to: '2026-11-22T12:00:00Z',
  at: '2026-11-22T11:00:00Z',
  host: '203.0.113.10',
  name: 'example.com',
  timezone: 'Etc/UTC',
};

/** Every GET route with every parameter that it needs, for whoever wants to read all there is; ids are 1. */
export async function readingPaths(server: HttpServer, target: string): Promise<string[]> {
  const { paths } = (await server.openApi()) as {
    paths: Record<string, Record<string, { parameters?: Parameter[] }>>;
  };
  return server
    .routeTable()
    .filter(({ method, path }) => method === 'GET' && path !== '/*' && !/\/live$/.test(path))
    .map(({ path }) => {
      const parameters = paths[path.replace(/:(\w+)/g, '{$1}')]?.get?.parameters ?? [];
      const needed = parameters.filter(
        (one) => one.in === 'query' && one.required && one.schema?.default === undefined,
      );
      const query = needed.map(
        ({ name, schema }) => `${name}=${encodeURIComponent(fillerFor(name, schema, target))}`,
      );
      const filled = path.replace(/:\w+/g, '1');
      return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
    });
}

function fillerFor(name: string, schema: Parameter['schema'], target: string): string {
  if (name === 'target') return target;
  const choice = schema?.const ?? schema?.enum?.[0] ?? schema?.anyOf?.[0]?.const;
  if (choice !== undefined) return String(choice);
  return fillers[name] ?? String(schema?.minimum ?? 1);
}
