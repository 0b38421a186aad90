import path from 'node:path';
import type { OneShot, OneShotResult } from '../../core/probing.ts';
import type { Lab } from './lab.ts';
import { buildService } from './service.ts';

const nodeLauncher = path.resolve(import.meta.dirname, '../../node.sh');
const child = path.join(import.meta.dirname, 'once-child.ts');

/** Sends single probes from the client of a lab, in a process of its own. */
export async function runOnce(
  lab: Lab,
  requests: readonly OneShot[],
  prefix: readonly string[] = [],
): Promise<OneShotResult[]> {
  await buildService();
  const { code, stdout, stderr } = await lab.exec('client', [...prefix, 'sh', nodeLauncher, child], {
    input: JSON.stringify(requests),
  });
  if (code !== 0) throw new Error(`the single probes ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as OneShotResult[]; // written by once-child.ts
}
