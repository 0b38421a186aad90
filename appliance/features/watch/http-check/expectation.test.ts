import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakePage } from '../../../testing/fakes/page.ts';
import type { PageConfig } from './config.ts';
import { findingOf, pageOf } from './expectation.ts';
import { PortalWatch } from './portal-watch.ts';

const calmPage = pageOf('http://check.example/generate_204');
const securePage = pageOf('https://one.example/');

test('what is expected follows from the address, or is said', () => {
  assert.equal(calmPage.status, 204);
  assert.equal(securePage.status, null);
  const said = pageOf({ url: 'http://a.example/x', status: 301, text: 'here' });
  assert.deepEqual([said.status, said.text], [301, 'here']);
});

type Case = [
  what: string,
  entry: PageConfig,
  reply: Parameters<typeof fakePage>[0],
  expected: [outcome: string, suspicion: string, portal: string | null],
];
const plain = calmPage.url;
const secure = securePage.url;
const withText = { url: 'http://a.example/', text: 'yes' };

const cases: Case[] = [
  ['204 as expected', plain, {}, ['ok', 'none', null]],
  [
    'any 2xx or 3xx where nothing else is said',
    secure,
    { status: 301, location: 'https://www.one.example/' },
    ['ok', 'none', null],
  ],
  ['the text is there', withText, { status: 200, text: 'oh yes' }, ['ok', 'none', null]],
  ['the text is not there', withText, { status: 200, text: 'Log in' }, ['status', 'likely', null]],
  ['a server in trouble', plain, { status: 503 }, ['status', 'none', null]],
  [
    'a page where none should be',
    plain,
    { status: 200, text: '<a class=x href="http://login.example/x">' },
    ['status', 'likely', 'http://login.example/x'],
  ],
  [
    'sent to another host',
    plain,
    { status: 302, location: 'http://login.example/?u=1' },
    ['portal', 'sure', 'http://login.example/?u=1'],
  ],
  [
    'sent to another place of the same host',
    plain,
    { status: 302, location: '/login' },
    ['status', 'likely', 'http://check.example/login'],
  ],
  [
    'sent elsewhere by the page itself, which its certificate proves',
    { url: secure, status: 200 },
    { status: 302, location: 'https://other.example/' },
    ['status', 'none', null],
  ],
  [
    '511 says so itself',
    plain,
    { status: 511, text: '<meta http-equiv="refresh" content="0; url=https://login.example/">' },
    ['portal', 'sure', 'https://login.example/'],
  ],
  [
    'a link that is none',
    plain,
    { status: 511, text: '<a href="javascript:alert(1)">' },
    ['portal', 'sure', null],
  ],
  [
    'a certificate of somebody else',
    secure,
    { outcome: 'tls', status: null, foreignCertificate: 'for portal.example' },
    ['tls', 'likely', null],
  ],
  ['an expired certificate', secure, { outcome: 'tls', status: null }, ['tls', 'none', null]],
  ['silence', plain, { outcome: 'timeout', status: null }, ['timeout', 'none', null]],
];

for (const [what, entry, reply, expected] of cases)
  test(`${what}: ${expected.join(', ')}`, () => {
    const { outcome, suspicion, portal } = findingOf(pageOf(entry), fakePage(reply));
    assert.deepEqual([outcome, suspicion, portal], expected);
  });

const likely = { outcome: 'status', suspicion: 'likely', portal: null, message: null } as const;
const fine = { outcome: 'ok', suspicion: 'none', portal: null, message: null } as const;

test('one strange page is a strange page; two of different hosts are a portal', () => {
  const watch = new PortalWatch();
  const other = pageOf('http://other.example/generate_204');
  const sameHost = pageOf('http://check.example/else');
  assert.equal(watch.weigh(calmPage, likely, 0, 1000).outcome, 'status');
  assert.equal(watch.weigh(sameHost, likely, 10, 1000).outcome, 'status');
  assert.equal(watch.weigh(other, likely, 20, 1000).outcome, 'portal');
  assert.equal(watch.weigh(calmPage, likely, 30, 1000).outcome, 'portal');
});

test('an old word, one taken back, and one of a page that is checked no more do not count', () => {
  const watch = new PortalWatch();
  const other = pageOf('http://other.example/generate_204');
  watch.weigh(calmPage, likely, 0, 1000);
  assert.equal(watch.weigh(other, likely, 1001, 1000).outcome, 'status');
  watch.weigh(calmPage, likely, 1500, 1000);
  watch.weigh(calmPage, fine, 1600, 1000);
  assert.equal(watch.weigh(other, likely, 1700, 1000).outcome, 'status');
  watch.weigh(calmPage, likely, 1800, 1000);
  watch.keepOnly(new Set([other.url]));
  assert.equal(watch.weigh(other, likely, 1900, 1000).outcome, 'status');
});

test('a page that could not be fetched at all takes nothing back', () => {
  const watch = new PortalWatch();
  const other = pageOf('http://other.example/generate_204');
  watch.weigh(calmPage, likely, 0, 1000);
  watch.weigh(calmPage, { ...fine, outcome: 'timeout' }, 100, 1000);
  assert.equal(watch.weigh(other, likely, 200, 1000).outcome, 'portal');
});
