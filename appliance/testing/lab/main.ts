/** The lab by hand: `sh appliance/node.sh appliance/testing/lab/main.ts up`, and the other verbs from a second terminal. */
import { spawnSync } from 'node:child_process';
import { messageOf } from '../../core/errors.ts';
import { type Fault, faults } from './faults.ts';
import { Lab } from './lab.ts';
import { hosts } from './topology.ts';

const usage = `usage: lab [--name NAME] up [SEED]        make the network; Ctrl-C removes it
       lab [--name NAME] exec NODE COMMAND…  run in a node: ${Object.keys(hosts).join(' ')}
       lab [--name NAME] fault FAULT [ARG]   ${Object.keys(faults).join(' ')}
       lab [--name NAME] clear               back to the healthy state
       lab [--name NAME] ctl COMMAND…        a linksim command, for example: set core loss=2%
       lab [--name NAME] log                 the path of the ground truth`;

async function main(argv: string[]): Promise<number> {
  const name = argv[0] === '--name' ? (argv.splice(0, 2)[1] ?? '') : 'lab';
  const [verb, ...rest] = argv;
  if (verb === 'up') return await hold(name, Number(rest[0] ?? 1));
  if (!verb || !['exec', 'fault', 'clear', 'ctl', 'log'].includes(verb)) {
    console.error(usage);
    return 2;
  }
  const lab = await Lab.attach(name);
  switch (verb) {
    case 'exec':
      return (
        spawnSync('ip', ['netns', 'exec', `${name}-${rest[0]}`, ...rest.slice(1)], { stdio: 'inherit' })
          .status ?? 1
      );
    case 'fault':
      if (!(rest[0] ?? '') || !Object.hasOwn(faults, rest[0] ?? ''))
        throw new Error(`no fault ${rest[0]}\n${usage}`);
      await lab.fault(rest[0] as Fault, rest[1]); // checked on the line above
      return 0;
    case 'clear':
      await lab.clear();
      return 0;
    case 'ctl':
      process.stdout.write(await lab.ctl(rest.join(' ')));
      return 0;
    default:
      console.log(lab.logFile);
      return 0;
  }
}

async function hold(name: string, seed: number): Promise<number> {
  await using lab = await Lab.up({ name, seed });
  console.log(`lab ${lab.name} is up; ground truth in ${lab.logFile}; Ctrl-C removes it`);
  for (const [node, { ipv4, ipv6, rttMs }] of Object.entries(hosts))
    console.log(`  ${node.padEnd(7)} ${ipv4.padEnd(15)} ${ipv6.padEnd(18)} ${rttMs} ms`);
  // The timer keeps the process alive while it waits for a signal.
  const timer = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  clearInterval(timer);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`lab: ${messageOf(error)}`);
  process.exitCode = 1;
}
