import type { OutsideService } from '../../../core/calling.ts';
import type { ConfigSections } from '../../../core/feature.ts';
import { saySize } from '../../../core/sizes.ts';
import { isSwitched } from './config.ts';

/**
 * The tables of docs/security-model.md: who is contacted and what they learn, with the given configuration. A test holds
 * the document to this text.
 */
export function whatLeaves(services: readonly OutsideService[], config: Readonly<ConfigSections>): string {
  const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = (titles: readonly string[], rows: readonly string[]) => [
    row(...titles),
    row(...titles.map(() => '---')),
    ...rows,
  ];
  const cellsOf = ({ name, purpose, learns, protocol, hosts, bytesPerMonth }: OutsideService) => {
    const where = typeof hosts === 'function' ? hosts(config) : hosts;
    const bytes = typeof bytesPerMonth === 'function' ? bytesPerMonth(config) : bytesPerMonth;
    return {
      who: `${name} (${where.length === 0 ? 'none until you list some' : where.join(', ')})`,
      purpose,
      learns,
      protocol,
      price: saySize(bytes),
    };
  };
  const tableOf = (lastTitle: string, rows: readonly (readonly [OutsideService, string])[]) =>
    table(
      ['who', 'what for', 'what it learns', 'how', 'a month, roughly', lastTitle],
      rows.map(([service, setting]) => {
        const { who, purpose, learns, protocol, price } = cellsOf(service);
        return row(who, purpose, learns, protocol, price, `\`${setting}\``);
      }),
    );
  const switched = services.filter(isSwitched);
  const probed = services.filter((service) => !isSwitched(service));
  return [
    'Contacted only after you switched it on:',
    '',
    ...tableOf(
      'switch',
      switched.map((service) => [service, `consent.${service.id}`] as const),
    ),
    '',
    'Measured towards, as the configuration says; the prices are those of the defaults:',
    '',
    ...tableOf(
      'set by',
      probed.map((service) => [service, service.setting] as const),
    ),
  ].join('\n');
}
