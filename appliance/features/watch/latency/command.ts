import type { Command } from '../../../core/feature.ts';
import { history } from './history-command.ts';
import { ping } from './ping-command.ts';
import type { Target, TargetList } from './schema.ts';

const segmentWords: Record<Target['segment'], string> = {
  lan: 'home network',
  gateway: 'router',
  isp: 'provider',
  transit: 'beyond the provider',
  resolver: 'names',
  anchor: 'Internet',
  custom: 'custom',
};

const targets: Command = {
  name: 'targets',
  summary: 'list what is probed now, and how',
  async run({ client, terminal }) {
    const list = await client.get<TargetList>('/api/targets');
    if (terminal.isJson) {
      terminal.json(list);
      return 0;
    }
    if (list.targets.length === 0) {
      terminal.line('Nothing is probed yet: the service has just started, or no target is configured.');
      return 1;
    }
    const [heading = '', ...rows] = terminal.draw.table(
      [
        { title: 'Id' },
        { title: 'Name' },
        { title: 'Address' },
        { title: 'Part' },
        { title: 'Line' },
        { title: 'Method' },
        { title: 'Every', align: 'decimal' },
      ],
      list.targets.map((target) => [
        target.id,
        target.name,
        target.address ?? `${target.host} (no address yet)`,
        segmentWords[target.segment],
        target.line,
        target.method,
        `${target.intervalMs / 1000} s`,
      ]),
      terminal.columns,
    );
    terminal.line(terminal.draw.paint('strong', heading));
    for (const row of rows) terminal.line(row);
    return 0;
  },
};

export const latencyCommands: readonly Command[] = [targets, ping, history];
