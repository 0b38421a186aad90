import { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';

export type Job = { kind: 'check'; path: string } | { kind: 'copy'; path: string; to: string };

/**
 * Does a job in a thread of its own. Resolves with the damage found, null when there is none or the signal ended it;
 * rejects when the job cannot be done (a full disk, a missing file).
 */
export async function runJob(job: Job, signal?: AbortSignal): Promise<string | null> {
  const worker = new Worker(new URL('./job.ts', import.meta.url), {
    name: 'store-job',
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  type Result = { damage: string | null } | { failure: string };
  try {
    const result = await new Promise<Result>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      signal?.addEventListener('abort', () => resolve({ damage: null }), { once: true });
      if (signal?.aborted) resolve({ damage: null });
    });
    if ('failure' in result)
      throw new AppError('STORAGE_UNAVAILABLE', `${job.kind} of ${job.path}: ${result.failure}`, {
        status: 503,
      });
    return result.damage;
  } finally {
    await worker.terminate();
  }
}
