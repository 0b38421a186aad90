import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { route, type Scope } from '../core/feature.ts';
import { Status } from '../features/judge/state/schema.ts';
import { LatencySeries } from '../features/watch/latency/schema.ts';
import { ask, startTestServer } from './testing.ts';

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const NewThing = Type.Object({ name: Type.String() }, { $id: 'NewThing' });
const Choice = Type.Object({ step: Type.Optional(Type.Integer()) }, { $id: 'Choice' });

const unanswered = () => assert.fail('not called');
const routes = [
  route({
    method: 'GET',
    path: '/api/status',
    scope: 'read',
    tag: 'status',
    summary: 'State',
    response: Status,
    handle: unanswered,
  }),
  route({
    method: 'GET',
    path: '/api/latency/:target',
    aliases: ['/api/ping-history/:target'],
    scope: 'read',
    tag: 'latency',
    summary: 'Chart',
    params: Type.Object({ target: Type.String() }),
    query: Choice,
    response: LatencySeries,
    handle: unanswered,
  }),
  route({
    method: 'POST',
    path: '/api/things',
    scope: 'write',
    tag: 'things',
    summary: 'Make',
    body: NewThing,
    response: NewThing,
    handle: unanswered,
  }),
];

function collectRefs(node: unknown, found: string[] = []): string[] {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref') found.push(String(value));
    else collectRefs(value, found);
  }
  return found;
}

const toTemplate = (path: string) => path.replace(/:(\w+)/g, '{$1}');

test('the document describes exactly what is routed, and every reference resolves', async (context) => {
  const { port, server } = await startTestServer(context, { routes });
  const document = (await ask({ port, path: '/api/openapi.json' })).json as unknown as Document;
  assert.equal(document.openapi, '3.1.0');
  assert.equal(document.info.version, '1.2.3');

  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // HEAD comes with GET (RFC 9110 §9.3.2), and files beside the API are not part of it.
  const routed = server
    .routeTable()
    .filter((row) => row.method !== 'HEAD' && row.path !== '/*' && row.path !== '/packages.json')
    .map((row) => `${row.method} ${toTemplate(row.path)}`);
  assert.deepEqual(described.sort(), routed.sort());

  const refs = collectRefs(document);
  assert.ok(refs.length > 10);
  for (const ref of refs) {
    const name = /^#\/components\/schemas\/([A-Za-z]+)$/.exec(ref)?.[1];
    assert.ok(name !== undefined && name in document.components.schemas, ref);
  }
  for (const name of [
    'Status',
    'LineStatus',
    'Station',
    'LatencySeries',
    'LatencyPoint',
    'NewThing',
    'ErrorReply',
  ]) {
    assert.ok(name in document.components.schemas, name);
  }
  assert.doesNotMatch(JSON.stringify(document), /"\$id"/);
});

test('operations are named once, tagged, summarised, and tell success, refusal and failure', async (context) => {
  const { server } = await startTestServer(context, { routes });
  const { paths } = (await server.openApi()) as Document;
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  assert.equal(new Set(operations.map((operation) => operation.operationId)).size, operations.length);
  for (const operation of operations) {
    assert.ok(operation.summary.length > 0 && operation.tags.length === 1, operation.operationId);
    assert.deepEqual(Object.keys(operation.responses).sort(), ['200', '4XX', '5XX'], operation.operationId);
    for (const code of ['4XX', '5XX']) {
      assert.deepEqual(operation.responses[code]?.content?.['application/json']?.schema, {
        $ref: '#/components/schemas/ErrorReply',
      });
    }
  }
  const [parameter] =
    paths['/api/latency/{target}']?.get?.parameters?.filter((one) => one.in === 'path') ?? [];
  assert.deepEqual([parameter?.name, parameter?.required], ['target', true]);
  assert.deepEqual(paths['/api/status']?.get?.responses['200']?.content?.['application/json']?.schema, {
    $ref: '#/components/schemas/Status',
  });
  assert.deepEqual(paths['/api/things']?.post?.requestBody?.content['application/json']?.schema, {
    $ref: '#/components/schemas/NewThing',
  });
  assert.match(paths['/api/ping-history/{target}']?.get?.summary ?? '', /same as \/api\/latency\/:target/);
});

test('the live streams and the metrics are described with their content types and events', async (context) => {
  const { server } = await startTestServer(context);
  const { paths } = (await server.openApi()) as Document;
  const live = paths['/api/live']?.get;
  assert.ok(live?.responses['200']?.content?.['text/event-stream']);
  assert.match(live?.summary ?? '', /stream\.tested/);
  assert.ok(paths['/api/ws/live']?.get);
  assert.ok(paths['/metrics']?.get?.responses['200']?.content?.['text/plain; version=0.0.4']);
});

test('each operation says what opens it: nothing, a session or a key, or a person alone', async (context) => {
  const one = (path: string, scope: Scope, more = {}) =>
    route({
      method: 'POST',
      path,
      scope,
      ...more,
      tag: 'things',
      summary: path,
      response: Type.Object({ isDone: Type.Boolean() }),
      handle: () => ({ isDone: true }),
    });
  const { server } = await startTestServer(context, {
    routes: [
      one('/api/open', 'open'),
      one('/api/write', 'write'),
      one('/api/owner', 'owner'),
      one('/api/grave', 'admin', { asksPassword: true }),
    ],
  });
  const document = (await server.openApi()) as unknown as {
    components: { securitySchemes: Record<string, { type: string }> };
    paths: Record<string, { post?: { security: object[]; description: string } }>;
  };
  const securityOf = (path: string) => document.paths[path]?.post?.security;
  assert.deepEqual(securityOf('/api/open'), []);
  assert.deepEqual(securityOf('/api/write'), [{ session: [] }, { key: [] }]);
  assert.deepEqual(securityOf('/api/owner'), [{ session: [] }]);
  assert.deepEqual(securityOf('/api/grave'), [{ session: [] }]);
  assert.equal(document.paths['/api/grave']?.post?.description, 'Scope: admin; asks for the password again');
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['session', 'key']);
});

test('two different shapes of one name are refused', async (context) => {
  const other = route({
    method: 'GET',
    path: '/api/other',
    scope: 'read',
    tag: 'things',
    summary: 'Other',
    response: Type.Object({ other: Type.Boolean() }, { $id: 'NewThing' }),
    handle: unanswered,
  });
  const { server } = await startTestServer(context, { routes: [...routes, other] });
  await assert.rejects(server.openApi(), /two different shapes are called NewThing/);
});
