import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Type } from 'typebox';
import { systemClock } from '../core/clock.ts';
import type { ConfigPort } from '../core/feature.ts';
import type { Log } from '../core/log.ts';
import { Secret } from '../core/secret.ts';
import { hiddenSecret } from './compose.ts';
import { type OpenConfigOptions, type OpenedConfig, openConfig } from './load.ts';

const port = { default: 8080, minimum: 0, maximum: 65535, restart: true };
const target = {
  name: Type.String(),
  host: Type.String(),
  intervalMs: Type.Integer({ default: 1000, minimum: 20 }),
};
const sections = {
  http: Type.Object(
    { host: Type.String({ default: '::' }), port: Type.Integer(port) },
    { additionalProperties: false },
  ),
  targets: Type.Array(Type.Object(target, { additionalProperties: false }), {
    default: [{ name: 'Cloudflare', host: '1.1.1.1' }],
  }),
  mqtt: Type.Object(
    {
      url: Type.Union([Type.String(), Type.Null()], { default: null }),
      password: Type.Union([Type.String(), Type.Null()], { default: null, secret: true }),
      commands: Type.Boolean({ default: false }),
    },
    { additionalProperties: false },
  ),
};

interface Box {
  folder: string;
  file: string;
  lines: string[];
  open(options?: Partial<OpenConfigOptions>): Promise<OpenedConfig>;
}

async function makeBox(context: TestContext): Promise<Box> {
  const folder = await mkdtemp(join(tmpdir(), 'ist-config-'));
  const file = join(folder, 'ist.yaml');
  const lines: string[] = [];
  const write = (_fields: object, message: string) => lines.push(message);
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const opened: OpenedConfig[] = [];
  context.after(async () => {
    for (const config of opened) config.stop();
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    file,
    lines,
    async open(options = {}) {
      const lastGoodFile = join(folder, 'ist.last-good.yaml');
      const base = {
        sections,
        file: null,
        candidates: [join(folder, 'absent', 'ist.yaml'), file],
        lastGoodFile,
      };
      const config = await openConfig({ ...base, log, clock: systemClock, ...options });
      opened.push(config);
      return config;
    },
  };
}

function nextChange(port: ConfigPort): Promise<unknown> {
  return new Promise((resolve) => port.onChange(resolve));
}

test('without a file the defaults are in force', async (context) => {
  const box = await makeBox(context);
  const config = await box.open();
  assert.equal(config.get('http.port'), 8080);
  assert.deepEqual(config.get('targets[0]'), { name: 'Cloudflare', host: '1.1.1.1', intervalMs: 1000 });
  assert.equal(config.file, box.file);
  assert.deepEqual(config.port.editor?.problems(), []);
});

test('a section left empty has its defaults', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http:\n  # port: 80\nmqtt: { commands: true }\n');
  const config = await box.open();
  assert.equal(config.get('http.port'), 8080);
  assert.equal(config.get('mqtt.commands'), true);
  assert.deepEqual(config.port.editor?.problems(), []);
});

test('every error names file, line, column, exact path, what was found and what is allowed', async (context) => {
  const box = await makeBox(context);
  const text = `http:
  prot: 80
targets:
  - { name: A, host: 1.1.1.1 }
  - { name: B, host: 8.8.8.8 }
  - name: C
    host: 9.9.9.9
    intervalMs: 5
  - { name: D }
mqtt:
  commands: yes
  password: [very-secret]
  pasword: very-secret
`;
  await writeFile(box.file, text);
  const config = await box.open();
  const messages = (config.port.editor?.problems() ?? []).map(({ message }) => message);
  const place = box.file;
  assert.deepEqual(messages, [
    `${place}:2:3: http.prot: found the unknown key "prot", allowed: host, port; did you mean "port"?`,
    `${place}:8:17: targets[2].intervalMs: found 5, allowed: a whole number of at least 20`,
    `${place}:9:5: targets[3].host: found nothing, allowed: text`,
    `${place}:11:13: mqtt.commands: found "yes", allowed: true or false; YAML 1.2 reads this as text; write true`,
    `${place}:12:13: mqtt.password: found a value (secret, not shown), allowed: text or null`,
    `${place}:13:3: mqtt.pasword: found the unknown key "pasword", allowed: url, password, commands; did you mean "password"?`,
  ]);
  assert.equal(box.lines.join('\n').includes('very-secret'), false);
});

test('text that is not YAML is told with its place and without quoting the text', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http:\n  port: 80\n\tpassword: "very-secret\n');
  const config = await box.open();
  const [problem] = config.port.editor?.problems() ?? [];
  assert.equal(problem?.path, '');
  assert.equal(problem?.line, 3);
  assert.match(problem?.message ?? '', /ist\.yaml:3:\d+: a tab indents this line/);
  assert.equal(box.lines.join('\n').includes('very-secret'), false);
  assert.equal(config.get('http.port'), 8080);
});

test('a wrong file at start runs with the last good copy', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { port: 9000 }\n');
  (await box.open()).stop();
  await writeFile(box.file, 'http: { port: nine }\n');
  const config = await box.open();
  assert.equal(config.get('http.port'), 9000);
  assert.equal(config.port.editor?.problems().length, 1);
  assert.match(box.lines.join('\n'), /running with the last good copy/);
});

test('a wrong file at the first start runs with its right sections', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { port: 9000 }\nmqtt: { commands: 7 }\nnonsense: 1\n');
  const config = await box.open();
  assert.equal(config.get('http.port'), 9000);
  assert.equal(config.get('mqtt.commands'), false);
  assert.equal(config.port.editor?.problems().length, 2);
});

test('a file that the user named and that cannot be read is an error', async (context) => {
  const box = await makeBox(context);
  const absent = join(box.folder, 'mine.yaml');
  await assert.rejects(box.open({ file: absent }), {
    code: 'CONFIG_UNREADABLE',
    message: `Cannot read ${absent}: there is no such file`,
  });
  await assert.rejects(box.open({ file: box.folder }), {
    code: 'CONFIG_UNREADABLE',
    message: /not a regular file/,
  });
});

test('a change of the file takes effect at once, a wrong one keeps the last good running', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { host: a }\n');
  const config = await box.open();
  const changed = nextChange(config.port);
  await writeFile(box.file, 'http: { host: b }\n');
  await changed;
  assert.equal(config.get('http.host'), 'b');
  const told = new Promise<void>((resolve) => config.port.editor?.onProblems(() => resolve()));
  await writeFile(box.file, 'http: { hots: c }\n');
  await told;
  assert.equal(config.get('http.host'), 'b');
  assert.equal(config.port.editor?.problems()[0]?.path, 'http.hots');
  await rm(box.file);
  assert.match((await config.reload())[0]?.message ?? '', /is gone; what it said stays in force/);
  assert.equal(config.get('http.host'), 'b');
});

test('setting a value keeps comments and mode, and is in force when it resolves', async (context) => {
  const box = await makeBox(context);
  const text = '# mine\nhttp:\n  port: 80 # as always\n\n# people\nmqtt: { commands: true }\n';
  await writeFile(box.file, text, { mode: 0o600 });
  const config = await box.open();
  await config.set('http.port', 81);
  await config.set('targets[0].intervalMs', '500');
  assert.equal(config.get('http.port'), 81);
  assert.equal(
    await readFile(box.file, 'utf8'),
    `${text.replace('80', '81')}targets:\n  - name: Cloudflare\n    host: 1.1.1.1\n    intervalMs: 500\n`,
  );
  assert.equal((await stat(box.file)).mode & 0o777, 0o600);
  assert.deepEqual(config.port.editor?.describe().waitingForRestart, ['http.port']);
  await config.set('targets', undefined);
  await config.set('http.port', 80);
  assert.equal(await readFile(box.file, 'utf8'), text);
});

test('a first value makes the file, readable by its owner only', async (context) => {
  const box = await makeBox(context);
  const config = await box.open();
  await config.set('http.host', '127.0.0.1');
  assert.equal(await readFile(box.file, 'utf8'), 'http:\n  host: 127.0.0.1\n');
  assert.equal((await stat(box.file)).mode & 0o777, 0o600);
});

test('a wrong value is refused and the file stays as it was', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { port: 80 }\n');
  const config = await box.open();
  await assert.rejects(config.set('http.port', 70000), {
    code: 'CONFIG_INVALID',
    status: 400,
    message: /http\.port: found 70000, allowed: a whole number from 0 to 65535/,
  });
  await assert.rejects(config.set('http.prt', 1), { code: 'CONFIG_INVALID', message: /did you mean "port"/ });
  await assert.rejects(config.set('http..port', 1), { code: 'CONFIG_PATH_INVALID' });
  await assert.rejects(config.set('targets[7].name', 'x'), {
    code: 'CONFIG_PATH_INVALID',
    message: /has 1 items/,
  });
  assert.equal(await readFile(box.file, 'utf8'), 'http: { port: 80 }\n');
});

test('a wrong file can be mended one value after the other', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { port: -1, host: 7 }\n');
  const config = await box.open();
  await config.set('http.port', 80);
  assert.equal(config.port.editor?.problems().length, 1);
  await config.set('http.host', 'localhost');
  assert.deepEqual(config.port.editor?.problems(), []);
  assert.equal(config.get('http.port'), 80);
});

test('an override wins over the file, is named in errors, and cannot be set', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'http: { port: 80 }\n');
  const override = (value: string) => ({ overrides: [{ path: 'http.port', value, source: 'IST_PORT' }] });
  const config = await box.open(override('8123'));
  assert.equal(config.get('http.port'), 8123);
  await assert.rejects(config.set('http.port', 1), {
    code: 'CONFIG_OVERRIDDEN',
    message: /decided by IST_PORT/,
  });
  const wrong = await box.open(override('many'));
  assert.match(wrong.port.editor?.problems()[0]?.message ?? '', /^IST_PORT: http\.port: found "many"/);
  assert.equal(wrong.get('http.port'), 80);
});

test('a description hides secrets and passwords in URLs', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'mqtt: { url: "mqtt://me:pw1@broker:1883", password: pw2 }\n');
  const config = await box.open();
  const { values } = config.port.editor?.describe() ?? {};
  assert.deepEqual((values as Record<string, unknown>).mqtt, {
    url: `mqtt://${hiddenSecret}@broker:1883`,
    password: hiddenSecret,
    commands: false,
  });
  const password = config.get('mqtt.password');
  assert.ok(password instanceof Secret);
  assert.equal(password.reveal(), 'pw2');
});

test('a changed secret is a changed section, and sections that did not change stay the same objects', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, 'mqtt: { password: pw1 }\nhttp: { port: 81 }\n');
  const config = await box.open();
  const seen: object[] = [config.port.current];
  config.port.onChange((current) => seen.push(current));
  await config.set('mqtt.password', 'pw2');
  const sections = (name: string) => seen.map((each) => Reflect.get(each, name));
  assert.equal(seen.length, 2);
  assert.equal(sections('http')[0], sections('http')[1]);
  assert.notEqual(sections('mqtt')[0], sections('mqtt')[1]);
  assert.equal(sections('mqtt')[0].password.reveal(), 'pw1');
  assert.equal(sections('mqtt')[1].password.reveal(), 'pw2');
  assert.match(await readFile(box.file, 'utf8'), /password: pw2/);
  assert.doesNotMatch(JSON.stringify([seen, box.lines]), /pw\d/);
});

test('several writers do not lose each other’s values', async (context) => {
  const box = await makeBox(context);
  const config = await box.open();
  await Promise.all([
    config.set('http.port', 1000),
    config.set('http.host', 'localhost'),
    config.set('mqtt.commands', true),
  ]);
  assert.equal(
    await readFile(box.file, 'utf8'),
    'http:\n  port: 1000\n  host: localhost\nmqtt:\n  commands: true\n',
  );
});

test('checking a text says what would be wrong and changes nothing', async (context) => {
  const box = await makeBox(context);
  const config = await box.open();
  const problems = (await config.port.editor?.check('http: { port: 1.5 }')) ?? [];
  assert.equal(
    problems[0]?.message,
    'text:1:15: http.port: found 1.5, allowed: a whole number from 0 to 65535',
  );
  assert.equal(config.get('http.port'), 8080);
});

test('reading again without a file finds nothing wrong', async (context) => {
  const box = await makeBox(context);
  const config = await box.open();
  assert.deepEqual(await config.reload(), []);
  assert.deepEqual(config.port.editor?.problems(), []);
});

test('a file that was removed comes back whole with the next value that is set', async (context) => {
  const box = await makeBox(context);
  await writeFile(box.file, '# mine\nhttp: { host: a }\n');
  const config = await box.open();
  await rm(box.file);
  await config.reload();
  await config.set('mqtt.commands', true);
  assert.equal(await readFile(box.file, 'utf8'), '# mine\nhttp: { host: a }\nmqtt:\n  commands: true\n');
  assert.deepEqual(config.port.editor?.problems(), []);
});
