import path from 'node:path';
import type { Lab } from './lab.ts';
import type { OnceReport, OnceTask } from './once-child.ts';
import { buildService } from './service.ts';

const nodeLauncher = path.resolve(import.meta.dirname, '../../node.sh');
const child = path.join(import.meta.dirname, 'once-child.ts');

/** Sends single probes, traces and path MTU searches from the client of a lab, in a process of its own. */
export async function runOnce(lab: Lab, task: OnceTask, prefix: readonly string[] = []): Promise<OnceReport> {
  await buildService();
  const { code, stdout, stderr } = await lab.exec('client', [...prefix, 'sh', nodeLauncher, child], {
    input: JSON.stringify(task),
  });
  if (code !== 0) throw new Error(`the single probes ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as OnceReport; // written by once-child.ts
}
