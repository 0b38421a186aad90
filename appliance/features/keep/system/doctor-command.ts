import { systemClock, toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Command, Drawing, ServiceClient } from '../../../core/feature.ts';
import type { LineState } from '../../../core/shapes.ts';
import { examine } from './finding.ts';
import { createMachine, type Machine } from './machine.ts';
import { addonFolder, machineChecks, pingPermission } from './machine-checks.ts';
import { networkChecks, parseResolvers, parseRoutes } from './network-checks.ts';
import type { DoctorReport, Finding } from './schema.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'find what is wrong with the box and say how to put it right',
  async run({ client, terminal }) {
    terminal.progress('Looking …');
    const report = await consult(client, createMachine(systemClock));
    if (terminal.isJson) terminal.json(report);
    else for (const line of reportLines(report, terminal.draw, terminal.columns)) terminal.line(line);
    return report.isHealthy ? 0 : 1;
  },
};

/** The service's own report; when it does not run, what can be seen from outside, with that as the first finding. */
async function consult(client: ServiceClient, machine: Machine): Promise<DoctorReport> {
  try {
    const report = await client.get<DoctorReport>('/api/doctor');
    const running: Finding = {
      id: 'service',
      title: 'Service',
      state: 'ok',
      found: 'runs and answers',
      fix: null,
    };
    return { ...report, findings: [running, ...report.findings] };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'SERVICE_UNREACHABLE') throw error;
    const fix = 'If it stopped by itself, `journalctl -u ist` tells why.';
    const down: Finding = { id: 'service', title: 'Service', state: 'wrong', found: error.message, fix };
    const findings = [down, ...(await examineFromOutside(client.dataFolder, machine))];
    return { at: toIso(systemClock.wallMs()), isHealthy: false, findings };
  }
}

export function examineFromOutside(dataFolder: string, machine: Machine): Promise<Finding[]> {
  const read = async (path: string) => (await machine.readText(path)) ?? '';
  return examine(
    [
      pingPermission(machine),
      ...networkChecks({
        defaultRoutes: async () => parseRoutes(await read('/proc/net/route')),
        resolvers: async () => parseResolvers(await read('/etc/resolv.conf')),
        askResolver: (address) => machine.askResolver(address),
      }),
      ...machineChecks(machine, dataFolder, addonFolder),
    ],
    systemClock,
  );
}

const shapeOf: Record<Finding['state'], LineState> = {
  ok: 'up',
  advice: 'degraded',
  wrong: 'down',
  unknown: 'unknown',
};

function reportLines({ findings }: DoctorReport, draw: Drawing, columns: number): string[] {
  const width = Math.max(...findings.map(({ title }) => title.length));
  const lines = findings.flatMap(({ title, state, found, fix }) => {
    const shape = shapeOf[state];
    const room = Math.max(20, columns - width - 4);
    const [first = '', ...rest] = [
      ...draw.wrap(found, room),
      ...(fix === null ? [] : draw.wrap(fix, room).map((text) => draw.paint('strong', text))),
    ];
    const head = `${draw.paint(shape, draw.shape(shape))} ${draw.fit(title, width)}  ${first}`;
    return [head, ...rest.map((text) => `${' '.repeat(width + 4)}${text}`)];
  });
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const hints = findings.filter(({ state }) => state === 'advice').length;
  const summary =
    wrong > 0
      ? `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`
      : hints > 0
        ? 'Nothing is wrong; there is advice above.'
        : 'Nothing is wrong.';
  return [...lines, '', summary];
}
