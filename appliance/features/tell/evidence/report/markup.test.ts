import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, Markup } from './markup.ts';

test('what is put into a page is escaped, once, wherever it stands', () => {
  const name = `<img src=x onerror="alert('1')">&`;
  const inner = html`<b title="${name}">${name}</b>`;
  const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;';
  assert.equal(inner.text, `<b title="${escaped}">${escaped}</b>`);
  assert.equal(html`<p>${[inner, null, 3, ['<']]}</p>`.text, `<p>${inner.text}3&lt;</p>`);
  assert.equal(html`${new Markup('<hr>')}`.text, '<hr>');
});

test('controls and overrides of the writing direction do not reach the page', () => {
  assert.equal(html`${'a\u0000b\u202ec\u001bd\te'}`.text, 'a\ufffdb\ufffdc\ufffdd\te');
});
