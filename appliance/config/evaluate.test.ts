import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { composeConfig } from './compose.ts';
import { diagnose } from './diagnose.ts';
import { evaluateConfig } from './evaluate.ts';
import { nearest } from './nearest.ts';
import { formatPath, parsePath } from './path.ts';

const composed = composeConfig({
  probing: Type.Object(
    { intervalMs: Type.Integer({ default: 1000, minimum: 20 }) },
    { additionalProperties: false },
  ),
  consent: Type.Record(Type.String(), Type.Boolean(), { default: {} }),
  mode: Type.Union([Type.Literal('adaptive'), Type.Literal('off'), Type.Null()], { default: 'adaptive' }),
  plan: Type.Object(
    { window: Type.Object({ hours: Type.Integer({ default: 3 }) }, { additionalProperties: false }) },
    { additionalProperties: false },
  ),
});

const evaluate = (text: string) => evaluateConfig(composed, text, 'ist.yaml', []);

test('whatever the text is, it gives a usable configuration or says what is wrong', () => {
  const key = fc.constantFrom(
    'probing',
    'consent',
    'mode',
    'plan',
    'intervalMs',
    '__proto__',
    'constructor',
    '? ',
    '- ',
    '&a ',
    '*a',
    '{',
    '[',
    ': ',
  );
  const piece = fc.oneof(
    key,
    fc.string({ maxLength: 6 }),
    fc.constantFrom('\n', '\n  ', ': ', '1', 'null', '"', "'", '#', '!!binary ', '|', '>'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const { problems, value, salvaged } = evaluate(pieces.join(''));
      assert.deepEqual(diagnose(composed.schema, salvaged), []);
      if (problems.length === 0) assert.deepEqual(diagnose(composed.schema, value), []);
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
    }),
    { numRuns: 500 },
  );
});

test('hostile texts are refused and not swallowed', () => {
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d]\n`;
  for (const text of [
    '['.repeat(50_000),
    `${'{a: '.repeat(20_000)}`,
    bomb,
    'probing: *nobody\n',
    '- a\n- b\n',
    'just words',
  ]) {
    const { problems, salvaged } = evaluate(text);
    assert.ok(problems.length > 0, text.slice(0, 40));
    assert.deepEqual(salvaged, composed.defaults);
  }
});

test('a key twice, a tab and a second document are told in words', () => {
  const wordsOf = (text: string) => evaluate(text).problems.map(({ message }) => message);
  assert.deepEqual(wordsOf('mode: off\nmode: adaptive\n'), [
    'ist.yaml:2:1: this key stands here for the second time',
  ]);
  assert.match(wordsOf('probing:\n\tintervalMs: 5\n')[0] ?? '', /^ist\.yaml:2:\d+: a tab indents this line/);
  assert.match(wordsOf('mode: off\n---\nmode: off\n')[0] ?? '', /one document/);
});

test('maps inside maps have their defaults without being named', () => {
  assert.deepEqual(evaluate('').value, {
    probing: { intervalMs: 1000 },
    consent: {},
    mode: 'adaptive',
    plan: { window: { hours: 3 } },
  });
});

test('a wrong choice is told with the nearest right one', () => {
  const [problem] = evaluate('mode: adaptve\n').problems;
  assert.equal(
    problem?.message,
    'ist.yaml:1:7: mode: found "adaptve", allowed: "adaptive", "off" or null; did you mean "adaptive"?',
  );
});

test('free keys are allowed where the schema says so, and their values are checked', () => {
  assert.deepEqual(evaluate('consent: { "map.tiles": true }').problems, []);
  assert.equal(evaluate('consent: { "map.tiles": maybe }').problems[0]?.path, 'consent["map.tiles"]');
});

test('a number in quotes is told how to be written', () => {
  const [problem] = evaluate('probing: { intervalMs: "500" }').problems;
  assert.match(problem?.message ?? '', /write it without quotes: 500$/);
});

test('paths are read as they are written', () => {
  const path = fc.array(fc.oneof(fc.nat(99), fc.string({ minLength: 1, maxLength: 8 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(path, (parts) => {
      const text = formatPath(parts);
      assert.deepEqual(parsePath(text), parts, text);
    }),
  );
  assert.deepEqual(parsePath('targets.2.name'), ['targets', 2, 'name']);
  for (const wrong of ['', '.', 'a..b', 'a[', 'a[x]', 'a.b.', 'a b']) {
    assert.throws(() => parsePath(wrong), { code: 'CONFIG_PATH_INVALID' }, wrong);
  }
});

test('a mistyped word is recognised, another word is not', () => {
  const words = ['intervalMs', 'timeoutMs', 'host'];
  assert.equal(nearest('interval_ms', words), 'intervalMs');
  assert.equal(nearest('intervlaMs', words), 'intervalMs');
  assert.equal(nearest('hots', words), 'host');
  assert.equal(nearest('colour', words), null);
});
