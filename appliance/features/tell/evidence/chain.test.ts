import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { evidenceWorld } from '../../../testing/fakes/evidence-world.ts';
import { Chain } from './chain.ts';
import { bareLink } from './chain-table.ts';
import { chainText, verifyChainText } from './check/verify.ts';
import type { ChainLink } from './schema.ts';

const signal = new AbortController().signal;

async function openWorld(t: TestContext) {
  const world = await evidenceWorld();
  t.after(() => world.close());
  const chain = new Chain(world.context);
  /** As somebody with the file in his hands would do it. */
  const tamper = async (sql: string) => {
    const triggers = ['evidence_chain_keeps_links', 'evidence_chain_loses_no_link'];
    await world.context.store.state.write([
      ...triggers.map((name) => ({ sql: `drop trigger if exists ${name}` })),
      { sql },
    ]);
  };
  const links = async () => (await chain.table.page(1, 1000)).map(bareLink);
  return { ...world, chain, tamper, links };
}

const gapLink = (id: number) => ({ kind: 'gap', payload: { gap: { id } }, subject: `gap-${id}` }) as const;

test('the first link names the key, every further one follows the one before, and each is told', async (t) => {
  const { chain, context, links } = await openWorld(t);
  const told: unknown[] = [];
  context.bus.on('chain.extended', (event) => told.push(event));
  await chain.open();
  await Promise.all([1, 2, 3].map((id) => chain.append(gapLink(id))));
  const all = await links();
  assert.deepEqual(
    all.map(({ seq, kind }) => [seq, kind]),
    [
      [1, 'genesis'],
      [2, 'gap'],
      [3, 'gap'],
      [4, 'gap'],
    ],
  );
  assert.equal(JSON.parse(all[0]?.payload ?? '').publicKey, chain.key.publicKey);
  assert.deepEqual(
    all.slice(1).map(({ previous }) => previous),
    all.slice(0, 3).map(({ hash }) => hash),
  );
  assert.deepEqual(
    told,
    all.map(({ seq, kind, hash }) => ({ seq, kind, hash })),
  );
  assert.deepEqual(await chain.check(signal), {
    isValid: true,
    checked: 4,
    fingerprint: chain.key.fingerprint,
    problems: [],
  });
  const state = chain.state();
  assert.equal(state.length, 4);
  assert.equal(state.head, all[3]?.hash);
  assert.equal(state.isIntact, true);
  assert.equal(state.problem, null);
});

test('a restart goes on with the same key and adds nothing', async (t) => {
  const { chain, context } = await openWorld(t);
  await chain.open();
  await chain.append(gapLink(1));
  const again = new Chain(context);
  assert.equal(again.state().isIntact, null);
  await again.open();
  assert.equal(again.state().length, 2);
  assert.equal(again.state().fingerprint, chain.state().fingerprint);
  assert.equal((await again.append(gapLink(2))).seq, 3);
});

test('without its file there is a new key, and the chain names it and the one before', async (t) => {
  const { chain, context, dataFolder, links } = await openWorld(t);
  await chain.open();
  const before = chain.key.publicKey;
  await rm(join(dataFolder, 'device.key'));
  const again = new Chain(context);
  await again.open();
  assert.notEqual(again.key.publicKey, before);
  const last = (await links()).at(-1);
  assert.equal(last?.kind, 'key');
  const payload = JSON.parse(last?.payload ?? '');
  assert.deepEqual([payload.previousKey, payload.publicKey], [before, again.key.publicKey]);
  await again.append(gapLink(1));
  assert.equal((await again.check(signal)).isValid, true);
  const { fingerprint, formerKeys } = await verifyChainText(chainText(await links()));
  assert.equal(fingerprint, again.key.fingerprint);
  assert.deepEqual(formerKeys, [chain.state().fingerprint]);
});

test('a damaged key is a state that says what and where; nothing is lost and it goes on once it is repaired', async (t) => {
  const { chain, context, dataFolder } = await openWorld(t);
  await chain.open();
  const path = join(dataFolder, 'device.key');
  const good = await readFile(path);
  await writeFile(path, 'damaged');
  const again = new Chain(context);
  await assert.rejects(again.open(), { code: 'DEVICE_KEY_UNREADABLE' });
  assert.match(again.state().problem ?? '', /Nothing is added to the chain.*device\.key cannot be read/);
  assert.equal(again.state().fingerprint, chain.state().fingerprint);
  await assert.rejects(again.append(gapLink(1)), { code: 'DEVICE_KEY_MISSING' });
  assert.equal(await readFile(path, 'utf8'), 'damaged');
  await writeFile(path, good);
  await again.open();
  assert.equal(again.state().problem, null);
  assert.equal((await again.append(gapLink(1))).seq, 2);
});

const tampering: readonly [what: string, sql: string, where: RegExp, message: RegExp][] = [
  [
    'a payload',
    `update evidence_chain set payload = replace(payload, '2', '3') where seq = 3`,
    /^link 3 \(gap/,
    /content/,
  ],
  ['a time', 'update evidence_chain set at_ms = at_ms + 1 where seq = 3', /^link 3 /, /content/],
  ['a kind', `update evidence_chain set kind = 'hour' where seq = 3`, /^link 3 /, /content/],
  ['a signature', `update evidence_chain set signature = 'AAAA' where seq = 3`, /^link 3 /, /signature/],
  ['a hash', `update evidence_chain set hash = replace(hash, 'a', 'b') where seq = 3`, /^link 3 /, /content/],
  ['a missing link', 'delete from evidence_chain where seq = 3', /^link 4 /, /link 3 is missing/],
  [
    'the first link',
    'delete from evidence_chain where seq = 1',
    /^link 2 /,
    /does not begin with its first link/,
  ],
  [
    'the key',
    `update evidence_chain set payload = replace(payload, '"publicKey":"', '"publicKey":"0') where seq = 1`,
    /^link 1 /,
    /names no public key/,
  ],
];

for (const [what, sql, where, message] of tampering) {
  test(`a changed chain is found and the link is named: ${what}`, async (t) => {
    const { chain, tamper } = await openWorld(t);
    await chain.open();
    for (const id of [1, 2, 3, 4]) await chain.append(gapLink(id));
    await tamper(sql);
    const { isValid, problems } = await chain.check(signal);
    assert.equal(isValid, false);
    assert.match(problems[0]?.where ?? '', where);
    assert.match(problems[0]?.message ?? '', message);
    assert.equal(chain.state().isIntact, false);
    assert.match(chain.state().problem ?? '', /The chain is broken at link/);
    const next = await chain.append(gapLink(5));
    assert.equal(next.seq, 6, 'it goes on');
  });
}

test('the record beside a link is checked with it', async (t) => {
  const { chain, tamper } = await openWorld(t);
  await chain.open();
  const record = '{"a":1}';
  const hash = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862';
  await chain.append({ kind: 'incident', payload: { incident: 1, record: hash }, record });
  assert.equal((await chain.check(signal)).isValid, true);
  await tamper(`update evidence_chain set record = '{"a":2}' where seq = 2`);
  assert.match((await chain.check(signal)).problems[0]?.message ?? '', /record beside it is not the one/);
  await tamper('update evidence_chain set record = null where seq = 2');
  assert.match((await chain.check(signal)).problems[0]?.message ?? '', /record beside it is missing/);
});

test('a link signed with another key is found, whatever else fits', async (t) => {
  const { chain, context, dataFolder, tamper, links } = await openWorld(t);
  await chain.open();
  await rm(join(dataFolder, 'device.key'));
  const other = new Chain({ ...context, bus: context.bus });
  await other.open();
  await other.append(gapLink(1));
  await tamper('delete from evidence_chain where seq = 2');
  const [first, last] = await links();
  assert.ok(first && last);
  assert.equal((await verifyChainText(chainText([first, { ...last, seq: 2 }]))).isValid, false);
  const { problems } = await chain.check(signal);
  assert.ok(problems.some(({ message }) => /signature is not that of the device/.test(message)));
});

test('the tables refuse to change or lose a link', async (t) => {
  const { chain, context } = await openWorld(t);
  await chain.open();
  const { state } = context.store;
  await assert.rejects(state.write([{ sql: 'update evidence_chain set at_ms = 0' }]), /never changed/);
  await assert.rejects(state.write([{ sql: 'delete from evidence_chain' }]), /never removed/);
});

test('however writing fails and the service restarts, the chain holds and keeps all that was confirmed', async (t) => {
  const { context, chain: first, links } = await openWorld(t);
  await first.open();
  const { state } = context.store;
  type Fate = 'ok' | 'lost' | 'unconfirmed' | 'restart';
  let fate: Fate = 'ok';
  const failing = {
    ...context,
    store: {
      ...context.store,
      state: {
        all: state.all,
        async write(statements: Parameters<typeof state.write>[0]) {
          if (fate === 'lost') throw new Error('the disk is full');
          const result = await state.write(statements);
          if (fate === 'unconfirmed') throw new Error('the power went away');
          return result;
        },
      },
    },
  };
  let chain = new Chain(failing);
  await chain.open();
  let id = 0;
  const confirmed: ChainLink[] = [];
  const fates = fc.array(fc.constantFrom<Fate>('ok', 'lost', 'unconfirmed', 'restart'), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fates, async (sequence) => {
      for (fate of sequence) {
        if (fate === 'restart') {
          chain = new Chain(failing);
          await chain.open();
          continue;
        }
        id += 1;
        const link = await chain.append(gapLink(id)).catch(() => null);
        assert.equal(link === null, fate !== 'ok');
        if (link) confirmed.push(link);
      }
    }),
    { numRuns: 15 },
  );
  fate = 'ok';
  const all = await links();
  assert.deepEqual(
    confirmed.filter(({ seq, hash }) => all[seq - 1]?.hash !== hash),
    [],
  );
  assert.deepEqual((await chain.check(signal)).problems, []);
  assert.ok(confirmed.length > 5);
});

test('checking gives others their turn after every hundred links', async (t) => {
  const { chain } = await openWorld(t);
  await chain.open();
  for (let id = 1; id <= 250; id += 1) await chain.append(gapLink(id));
  let rests = 0;
  const result = await chain.check(signal, async () => {
    rests += 1;
  });
  assert.equal(result.checked, 251);
  assert.equal(rests, 3);
});

test('an exported chain is checked to the byte', async (t) => {
  const { chain, links } = await openWorld(t);
  await chain.open();
  for (const id of [1, 2]) await chain.append(gapLink(id));
  const text = chainText(await links());
  assert.deepEqual(await verifyChainText(text), {
    isValid: true,
    checked: 3,
    fingerprint: chain.key.fingerprint,
    formerKeys: [],
    problems: [],
  });
  for (let at = 0; at < text.length; at += 1) {
    const changed = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);
    const { isValid, problems } = await verifyChainText(changed);
    assert.equal(isValid, false, `byte ${at}, ${text.slice(at - 10, at + 10)}`);
    assert.ok(problems.length > 0);
  }
  assert.match(
    (await verifyChainText(text.replace('"seq":2', '"seq":9'))).problems[0]?.where ?? '',
    /link 9/,
  );
});
