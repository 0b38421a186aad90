/** Nothing leaves the house but what is probed and what the owner switched on: here by reading who could contact anybody. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

/** What can reach another machine, and what of it cannot. Everything else that is imported from there counts. */
const doors: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['createServer', 'validateHeaderName', 'validateHeaderValue', 'STATUS_CODES'],
  'node:https': ['createServer'],
  'node:http2': ['createServer', 'createSecureServer', 'constants'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress', 'createServer'],
  'node:tls': ['createServer', 'createSecureContext', 'rootCertificates', 'TLSSocket'],
  'node:dgram': [],
  'node:dns': [],
  'node:dns/promises': [],
  'node:child_process': [],
  'node:inspector': [],
  'node:module': [],
};

/**
 * The reviewed list. A new file is added here with what it contacts. Calls out to services belong behind
 * `context.calls`; what is probed must stand in the `services` of its feature.
 */
const reviewed: Readonly<Record<string, string>> = {
  'net/guarded-client.ts': 'calls out, behind consent and the guard of addresses',
  'net/page-client.ts': 'probing: the pages of httpCheck',
  'net/page-tls.ts': 'TLS over a connection that one of these two has made',
  'net/stream-socket.ts': 'probing: name servers over TCP and TLS',
  'net/dns-https.ts': 'probing: name servers over HTTPS, on a connection that is made already',
  'net/resolve.ts': 'the name servers of this machine',
  'net/gateway-http.ts': 'inside the house: the router, asked for its counters',
  'net/ssdp.ts': 'inside the house: the router, searched for on the link',
  'net/load/load-socket.ts':
    'probing: speed test servers, at an address that the caller has judged; services with consent only',
  'net/load/thread.ts': 'takes over connections that devices of the house have made',
  'net/addon.ts': 'loads our own addon, which sends the probes',
  'mqtt/connection.ts':
    'the owner’s broker: in the house, or outside it with consent, at the address that was judged',
  'features/watch/speedtest/engines/ookla.ts':
    'probing: runs the program that the owner has installed and named, with consent',
  'model/model-process.ts': 'this box itself: forecasts, in a process of its own',
  'features/keep/system/machine.ts': 'probing: ist doctor asks the name servers of this machine',
  'features/keep/system/service-checks.ts': 'this box itself: whether the dashboard answers',
  'features/keep/system/selftest.ts':
    'this box itself: its own probes against loopback, as a process of its own',
  'features/keep/system/selftest-peer.ts': 'this box itself: answers those probes',
  'features/keep/certificate/issuer.ts': 'this box itself: makes a certificate in a process of its own',
  'http/listeners.ts': 'this box itself: whether another service holds the socket',
  'http/testing.ts': 'tests of the server',
  'terminal/service-client.ts': 'the command line speaks to the service of this box',
};

/** What our code loads besides Node. None of these contacts anybody by itself; a new one is read before it is listed. */
const readPackages = new Set([
  '@fastify/static',
  '@fastify/swagger',
  '@fastify/websocket',
  '@peculiar/x509',
  'aedes', // listens where it is told to
  'better-sqlite3',
  'commander',
  'dns-packet',
  'fastify',
  'mqtt', // on a connection that mqtt/connection.ts makes
  'node-cron',
  'onnxruntime-node', // computes; the script that would download at its installation never runs
  'otpauth',
  'pino',
  'pino-pretty', // on a terminal alone
  'prom-client',
  'qrcode-generator',
  'reflect-metadata',
  'rolldown', // bundles, at the time of building
  'systeminformation', // asks this machine alone; its inet functions are refused below
  'typebox',
  'yaml',
]);

interface Source {
  file: string;
  text: string;
}

const sources: readonly Source[] = readdirSync(`${root}/appliance`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
  .map((entry) => relative(`${root}/appliance`, `${entry.parentPath}/${entry.name}`))
  .filter((file) => !file.startsWith('testing/'))
  .map((file) => ({ file, text: readFileSync(`${root}/appliance/${file}`, 'utf8') }));

interface Loaded {
  from: string;
  /** What is taken of it as a value; '*' for everything. */
  names: string[];
}

/** What a source loads, types left out. */
function loadedBy(text: string): Loaded[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(?!type\b)(?:([^'";]*?)\sfrom\s*)?['"]([^'"]+)['"]/g,
  );
  const calls = text.matchAll(/\b(?:import|require|getBuiltinModule)\s*\(\s*['"`]([^'"`]+)['"`]/g);
  return [
    ...[...statements].map(([, clause = '', from = '']) => ({ from, names: namesIn(clause) })),
    ...[...calls].map(([, from = '']) => ({ from, names: ['*'] })),
  ];
}

function namesIn(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause);
  const isWhole = clause.replace(/\{[^}]*\}/, '').replace(/[\s,]/g, '') !== '';
  const named = (braces?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.split(/\s+as\s+/)[0] ?? name);
  return isWhole ? ['*', ...named] : named;
}

const withPrefix = (from: string) => (from in doors || !(`node:${from}` in doors) ? from : `node:${from}`);

/** Globals of the runtime that contact somebody, and a function of a package that does. */
const globals =
  /(?<![.\w#]|async )(?:fetch\s*\(|WebSocket\s*\(|EventSource\s*\(|XMLHttpRequest\b)|globalThis\s*(?:\.|\[['"])\s*fetch|\.inet(?:Checksite|Latency)\b|\bprocess\.binding\b/;

/** How a source can reach another machine; empty when it cannot. */
function waysOut({ text }: Source): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, '');
  const ways = loadedBy(code).flatMap(({ from, names }) => {
    const harmless = doors[withPrefix(from)];
    if (harmless === undefined) return [];
    return names.filter((name) => !harmless.includes(name)).map((name) => `${from}: ${name}`);
  });
  const found = globals.exec(code);
  return found ? [...ways, found[0]] : ways;
}

test('only the files of the reviewed list can contact anybody', () => {
  const able = Object.fromEntries(
    sources.map((source) => [source.file, waysOut(source)] as const).filter(([, ways]) => ways.length > 0),
  );
  const unknown = Object.entries(able).filter(([file]) => !(file in reviewed));
  assert.deepEqual(unknown, [], 'these need a line in the reviewed list, or should go by context.calls');
  const idle = Object.keys(reviewed).filter((file) => !(file in able));
  assert.deepEqual(idle, [], 'these contact nobody any more');
  assert.ok(sources.length > 200, 'the walk found the sources');
});

test('outside net/ nobody calls out but the broker, a program of the owner, and the box itself', () => {
  const outside = Object.entries(reviewed).filter(
    ([file, why]) => !file.startsWith('net/') && !/^(this box itself|tests of|the command line)/.test(why),
  );
  assert.deepEqual(
    outside.map(([file]) => file),
    ['mqtt/connection.ts', 'features/watch/speedtest/engines/ookla.ts', 'features/keep/system/machine.ts'],
  );
});

/** The tools of measuring take any address: they are for what is probed, and no way around consent. */
const measuring =
  /\b(?:fetchPage|probeOnce|findRouterGauge)\b|\bnet\.(?:ask|trace|pathMtu)\b|\bengine\.(?:add|change)\(|\bload\.start\(|\bnames\.resolve\(/;
const measurers = [
  'features/watch/',
  'features/keep/demo/', // stands in for them
  'features/keep/system/', // ist doctor, on the owner's word
];

test('only features that measure use the tools of measuring; all others go by their services', () => {
  const others = sources.filter(
    ({ file, text }) =>
      file.startsWith('features/') &&
      !measurers.some((start) => file.startsWith(start)) &&
      measuring.test(text),
  );
  assert.deepEqual(
    others.map(({ file }) => file),
    [],
  );
  for (const start of measurers)
    assert.ok(
      sources.some(({ file, text }) => file.startsWith(start) && measuring.test(text)),
      `${start} measures`,
    );
});

test('the walk sees every way that a contact could be made', () => {
  const able: readonly string[] = [
    "import { request } from 'node:http';",
    "import { get } from 'https';",
    "import http from 'node:http';",
    "import * as net from 'node:net';",
    "import net, { isIP } from 'node:net';",
    "import { isIP, connect } from 'node:net';",
    "import {\n  isIP,\n  Socket as Plug,\n} from 'node:net';",
    "export { connect } from 'node:tls';",
    "import { type Socket, createSocket } from 'node:dgram';",
    "import { lookup } from 'node:dns/promises';",
    "const { request } = await import('node:https');",
    "const net = process.getBuiltinModule('net');",
    "import { createRequire } from 'node:module';",
    "import { spawn } from 'node:child_process';",
    "const page = await fetch('https://example.com');",
    'return fetch(url);',
    'const call = globalThis.fetch;',
    'const socket = new WebSocket(url);',
    "const up = await si.inetChecksite('example.com');",
  ];
  for (const text of able) assert.notDeepEqual(waysOut({ file: '', text }), [], text);
  const unable: readonly string[] = [
    "import type { Socket } from 'node:net';",
    "import { isIP, BlockList, type Socket } from 'node:net';",
    "import { createServer, type Server } from 'node:http';",
    "// const page = await fetch('https://example.com');",
    "/** import { request } from 'node:http'; */",
    'await pages.fetch(request);',
    'class Pages { async fetch(request: PageRequest) {} }',
    "import { readFile } from 'node:fs/promises';",
  ];
  for (const text of unable) assert.deepEqual(waysOut({ file: '', text }), [], text);
});

test('no package is loaded that was not read', () => {
  const packages = sources.flatMap(({ text }) =>
    loadedBy(text)
      .map(({ from }) => /^(@[^/]+\/[^/]+|[^./][^/]*)/.exec(from)?.[1] ?? '')
      .filter((name) => name !== '' && !name.startsWith('node:') && !(`node:${name}` in doors)),
  );
  assert.deepEqual(
    [...new Set(packages)].filter((name) => !readPackages.has(name)),
    [],
  );
});
