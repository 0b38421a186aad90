import { fork } from 'node:child_process';
import { AppError } from '../../../core/errors.ts';
import type { KeyPair, Order } from './issue.ts';

/** Makes a key and its certificate. */
export type Issuer = (order: Order) => Promise<KeyPair>;

/** The smallest board needs some two seconds. */
const patienceMs = 60_000;

/**
 * Makes them in a process of its own, once a month: in ours the library would hold 15 MB for good and stop everything
 * while it loads, in a thread it leaves 8 MB behind (measured). Rejects when it cannot be done.
 */
export const issueInProcess: Issuer = (order) => {
  const child = fork(new URL('./issue-process.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new AppError('TLS_NOT_ISSUED', `The certificate could not be made: ${why}`));
    child.once('message', (answer: { made: KeyPair } | { failure: string }) => {
      if ('made' in answer) resolve(answer.made);
      else fail(answer.failure);
    });
    child.once('error', (error) => fail(error.message));
    // Comes after every message, so it says something only where there was no answer.
    child.once('close', (code, signal) => fail(`its process ended (${signal ?? code})`));
    child.send(order);
  });
};
