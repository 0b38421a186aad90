import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createTerminal, type Environment, keysOf } from './terminal.ts';

function open(isTty: boolean, environment: Environment, isJson = false) {
  const stream = () => Object.assign(new PassThrough(), { isTTY: isTty, columns: 80, rows: 24 });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const streams = { stdin, stdout, stderr } as never; // only what a terminal uses of a TTY is there
  const terminal = createTerminal(streams, { environment, isJson });
  return { terminal, stdout, stderr };
}

test('colours are used on a terminal and nowhere else', () => {
  assert.equal(
    open(true, { TERM: 'xterm-256color' }).terminal.draw.paint('up', 'x'),
    '\x1b[38;5;37mx\x1b[0m',
  );
  assert.equal(open(true, { TERM: 'vt220' }).terminal.draw.paint('up', 'x'), '\x1b[36mx\x1b[0m');
  assert.equal(open(false, { TERM: 'xterm-256color' }).terminal.draw.paint('up', 'x'), 'x');
  assert.equal(open(true, { TERM: 'xterm', NO_COLOR: '1' }).terminal.draw.paint('up', 'x'), 'x');
  assert.equal(open(true, { TERM: 'xterm', NO_COLOR: '' }).terminal.hasColour, true);
});

test('a dumb terminal gets neither colours, escapes nor block characters', () => {
  const { terminal } = open(true, { TERM: 'dumb' });
  assert.equal(terminal.isInteractive, false);
  assert.equal(terminal.draw.shape('down'), '#');
  assert.equal(open(true, { TERM: 'xterm', LC_ALL: 'C' }).terminal.draw.shape('up'), '*');
  assert.equal(open(true, { TERM: 'xterm', LANG: 'de_DE.UTF-8' }).terminal.draw.shape('up'), '●');
});

test('progress goes to standard error and is gone before the next line', () => {
  const { terminal, stdout, stderr } = open(true, { TERM: 'xterm' });
  terminal.progress('Looking …');
  terminal.line('found');
  assert.equal(stdout.read()?.toString(), 'found\n');
  assert.equal(stderr.read()?.toString(), '\r\x1b[KLooking …\r\x1b[K');
});

test('a pipe sees no progress', () => {
  const { terminal, stderr } = open(false, {});
  terminal.progress('Looking …');
  assert.equal(stderr.read(), null);
});

test('one read of the keyboard may hold several keys', () => {
  assert.deepEqual(keysOf('q\x1b[A\x03'), ['q', 'up', 'ctrl-c']);
});
