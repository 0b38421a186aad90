import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCell, csvOf } from './csv.ts';

test('a name is never a formula', () => {
  for (const name of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '|calc'])
    assert.match(csvCell(name), /^"?'/, JSON.stringify(name));
  assert.equal(csvCell('=HYPERLINK("http://x","y")'), '"\'=HYPERLINK(""http://x"",""y"")"');
});

test('numbers stay numbers, and what is not known is empty', () => {
  assert.deepEqual([-1.5, 0, true, null].map(csvCell), ['-1.5', '0', 'true', '']);
});

test('separators, quotes and line breaks stay within their cell', () => {
  const text = csvOf({ a: ({ a }) => a, 'b,c': ({ b }) => b }, [{ a: 'x,y', b: 'say "no"\nmore' }]);
  assert.equal(text, 'a,b,c\n"x,y","say ""no""\nmore"\n');
});
