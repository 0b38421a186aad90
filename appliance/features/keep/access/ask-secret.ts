import { text } from 'node:stream/consumers';
import { AppError } from '../../../core/errors.ts';
import type { Terminal } from '../../../core/feature.ts';

/** More than any password may have. */
const maxLetters = 1024;

/** A line that is typed without being shown. */
function askHidden(label: string, terminal: Terminal): Promise<string> {
  return new Promise((fulfil, reject) => {
    let letters: string[] = [];
    const finish = (end: () => void) => {
      release();
      terminal.line();
      end();
    };
    const release = terminal.onKey((key) => {
      if (key === 'enter') finish(() => fulfil(letters.join('')));
      else if (key === 'ctrl-c' || key === 'ctrl-d') finish(() => reject(usage('Nothing was changed.')));
      else if (key === '\x7f' || key === '\b') letters = letters.slice(0, -1);
      else if ([...key].length === 1 && letters.length < maxLetters) letters.push(key); // arrows have names
    });
    terminal.raw(label);
  });
}

/** A new password: typed twice at a terminal, else the first line of standard input. */
export async function askNewPassword(
  terminal: Terminal,
  readInput = () => text(process.stdin),
): Promise<string> {
  if (!terminal.isInteractive) {
    const [line = ''] = (await readInput()).split(/\r?\n/, 1);
    if (line === '') throw usage('Give the new password as the first line of standard input.');
    return line;
  }
  const password = await askHidden('New password: ', terminal);
  const again = await askHidden('The same again: ', terminal);
  if (password !== again) throw usage('The two were not the same; nothing was changed.');
  return password;
}

/** One line, hidden at a terminal, else the first of standard input. */
export async function askCode(
  label: string,
  terminal: Terminal,
  readInput = () => text(process.stdin),
): Promise<string> {
  if (terminal.isInteractive) return await askHidden(label, terminal);
  return (await readInput()).split(/\r?\n/, 1)[0] ?? '';
}

function usage(message: string): AppError {
  return new AppError('USAGE', message, { status: 400 });
}
