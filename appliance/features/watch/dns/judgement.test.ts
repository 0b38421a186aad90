import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rangeOf } from './address-range.ts';
import { type AnswerInQuestion, judgeAnswer, type KnownName, natureMs, type OtherName } from './judgement.ts';

const known = (...addresses: string[]): KnownName => ({ addresses, isPrivate: false });
const knownPrivate = (...addresses: string[]): KnownName => ({ addresses, isPrivate: true });
const other = (before: KnownName | null, ...latest: string[]): OtherName => ({ known: before, latest });

function judge(answers: string[], more: Partial<AnswerInQuestion> = {}) {
  return judgeAnswer({
    name: 'example.com',
    reply: { outcome: answers.length > 0 ? 'answer' : 'empty', answers },
    known: known('93.184.215.14'),
    strangeForMs: 0,
    others: [],
    isOwnServer: true,
    ...more,
  });
}

describe('failures', () => {
  it('count for a name that had addresses, and say nothing of one that never had', () => {
    for (const outcome of ['nxdomain', 'empty', 'servfail', 'refused', 'timeout', 'garbage'] as const) {
      const reply = { outcome, answers: [] };
      assert.deepEqual(
        [
          judge([], { reply }).outcome,
          judge([], { reply }).isTrusted,
          judge([], { reply, known: null }).isTrusted,
        ],
        [outcome, true, false],
      );
    }
  });

  it('of a name of the house say nothing of servers outside of it', () => {
    const reply: AnswerInQuestion['reply'] = { outcome: 'nxdomain', answers: [] };
    const home = { reply, known: knownPrivate('192.168.1.5') };
    assert.equal(judge([], home).isTrusted, true);
    assert.equal(judge([], { ...home, isOwnServer: false }).isTrusted, false);
  });
});

describe('addresses that cannot be true', () => {
  const impossible = [
    '10.66.66.66',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.1.1',
    '127.0.0.1',
    '127.0.0.53',
    '169.254.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.251',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00::5',
    'fc00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::10.66.66.66',
    '64:ff9b::a42:4242',
    '64:ff9b::1',
  ];

  it('are wrong for a public name, and the reason says why', () => {
    for (const address of impossible) {
      const judged = judge([address]);
      assert.deepEqual([judged.outcome, judged.isTrusted, judged.lesson], ['wrong', true, 'none'], address);
    }
    assert.equal(
      judge(['10.66.66.66']).reason,
      '10.66.66.66 is a private address; example.com had 93.184.215.14 before.',
    );
  });

  it('are wrong also beside a true one', () => {
    assert.equal(judge(['93.184.215.14', '192.168.0.1']).outcome, 'wrong');
  });

  it('do not begin a hair beside their range', () => {
    const fine = [
      '9.255.255.255',
      '11.0.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
      '223.255.255.255',
      '1.0.0.0',
      '198.18.0.5',
      '2606:4700:4700::1111',
      '64:ff9b::808:808',
      '2001:db7::1',
    ];
    for (const address of fine) assert.equal(rangeOf(address), null, address);
  });

  it('are right for a name that had exactly them, or lives in the house', () => {
    assert.equal(judge(['192.168.1.5'], { known: known('192.168.1.5') }).outcome, 'answer');
    const moved = judge(['192.168.1.6'], { known: knownPrivate('192.168.1.5') });
    assert.deepEqual([moved.outcome, moved.lesson], ['answer', 'learn']);
  });
});

describe('a name that is new and gets a private address', () => {
  const home = { known: null };

  it('is one of the house when the server gives other names public ones', () => {
    const others = [other(known('208.80.154.224'), '208.80.154.224')];
    const judged = judge(['192.168.1.5'], { ...home, others });
    assert.deepEqual([judged.outcome, judged.lesson], ['answer', 'learn']);
  });

  it('is not believed where every name gets the same: a portal is in front, however long', () => {
    for (const strangeForMs of [0, 30 * natureMs]) {
      const others = [other(null, '10.0.0.1'), other(null, '10.0.0.1')];
      const judged = judge(['10.0.0.1'], { ...home, others, strangeForMs });
      assert.deepEqual([judged.outcome, judged.isTrusted, judged.lesson], ['wrong', false, 'none']);
      assert.equal(judged.reason, '10.0.0.1 is a private address.');
    }
  });

  it('is not believed either when a portal covers it, whatever the others had before', () => {
    const others = [other(known('208.80.154.224'), '10.0.0.1')];
    assert.equal(judge(['10.0.0.1'], { ...home, others }).outcome, 'wrong');
  });

  it('is one of the house after an hour, alone or among others with addresses of their own', () => {
    for (const others of [[], [other(null, '192.168.1.6')]]) {
      assert.equal(judge(['192.168.1.5'], { ...home, others, strangeForMs: natureMs - 1 }).outcome, 'wrong');
      assert.equal(judge(['192.168.1.5'], { ...home, others, strangeForMs: natureMs }).outcome, 'answer');
    }
  });
});

describe('addresses for documentation', () => {
  it('are right where nothing else is known, as in a test network', () => {
    for (const address of ['203.0.113.10', '192.0.2.1', '198.51.100.7', '2001:db8:a1::2', '3fff::1']) {
      assert.equal(judge([address], { known: null }).outcome, 'answer', address);
      assert.equal(judge([address], { known: known('203.0.113.99') }).outcome, 'answer', address);
    }
  });

  it('are wrong for a name that never had such', () => {
    const judged = judge(['203.0.113.10']);
    assert.deepEqual([judged.outcome, judged.isTrusted], ['wrong', true]);
    assert.equal(
      judged.reason,
      '203.0.113.10 is an address for documentation; example.com had 93.184.215.14 before.',
    );
  });
});

describe('one address for all names', () => {
  const two = known('208.80.154.224');
  const three = known('128.31.0.62');
  const liar = '198.105.244.11';

  it('is wrong when none had it before and they were apart', () => {
    const judged = judge([liar], { others: [other(two, liar), other(three, liar)] });
    assert.deepEqual([judged.outcome, judged.isTrusted, judged.lesson], ['wrong', true, 'none']);
    assert.equal(judged.reason, `All 3 names get ${liar}, which none of them had before.`);
    assert.equal(judge([liar, liar], { others: [other(two, liar)] }).outcome, 'wrong');
  });

  it('is odd as soon as two names have it, and not yet remembered', () => {
    const first = judge([liar], { others: [other(two, '208.80.154.224'), other(three, '128.31.0.62')] });
    assert.deepEqual([first.outcome, first.lesson, first.isOdd], ['answer', 'wait', false]);
    const second = judge([liar], { others: [other(two, liar), other(three, '128.31.0.62')] });
    assert.deepEqual([second.outcome, second.lesson, second.isOdd], ['answer', 'wait', true]);
  });

  it('is right where a name had it before', () => {
    assert.equal(judge(['93.184.215.14'], { others: [other(two, '93.184.215.14')] }).outcome, 'answer');
    const shared = known('208.80.154.224', liar);
    assert.equal(judge([liar], { others: [other(shared, liar), other(three, liar)] }).outcome, 'answer');
  });

  it('is right for names that shared an address before: they move together', () => {
    const together = known('203.0.113.10');
    const judged = judge(['203.0.113.18'], {
      known: together,
      others: [other(together, '203.0.113.18'), other(together, '203.0.113.18')],
    });
    assert.deepEqual([judged.outcome, judged.lesson], ['answer', 'learn']);
  });

  it('says nothing of a single name, of new names, or where one of the others is not asked yet', () => {
    assert.deepEqual(judge([liar]).lesson, 'learn');
    assert.equal(judge([liar], { others: [other(null, liar)] }).outcome, 'answer');
    assert.equal(judge([liar], { known: null, others: [other(two, liar)] }).outcome, 'answer');
    const silent = { known: three, latest: null };
    assert.equal(judge([liar], { others: [other(two, liar), silent] }).outcome, 'answer');
  });

  it('is not seen in answers of several addresses, as large sites give them', () => {
    const pair = ['104.16.132.229', '104.16.133.229'];
    const judged = judge(pair, { others: [other(two, ...pair)] });
    assert.deepEqual([judged.outcome, judged.lesson], ['answer', 'learn']);
  });
});
