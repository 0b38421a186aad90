/** The service as it is, network aside, with the dashboard that was built: for what a replay could not prove. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { OpenedConfig } from '../../appliance/config/load.ts';
import { ask } from '../../appliance/http/testing.ts';
import type { FakeClock } from '../../appliance/testing/fakes/clock.ts';

interface Box {
  port: number;
  socketPath: string;
  dataFolder: string;
  clock: FakeClock;
  config: OpenedConfig;
}

/** By a name that the compiler does not follow: the features are typed for Node alone, this folder for browsers too. */
const boxFile = new URL('../../appliance/testing/fakes/whole-box.ts', import.meta.url).href;
const { wholeBox } = (await import(boxFile)) as {
  wholeBox(t: TestContext, options: { yaml: string }): Promise<Box>;
}; // what that file exports

export const ownerPassword = 'maple river seven lanterns';

export async function realBox(t: TestContext, yaml = '{}') {
  const box = await wholeBox(t, { yaml });
  const webFolder = join(box.dataFolder, 'web');
  cpSync(join(import.meta.dirname, '..', 'dist'), webFolder, { recursive: true });
  const { socketPath } = box;
  return {
    ...box,
    webFolder,
    url: `http://127.0.0.1:${box.port}`,
    claimCode: async () => String((await ask({ socketPath, path: '/api/claim' })).json.code),
  };
}
