import type { EventEntity, StateEntity } from '../../core/entities.ts';
import { entityId, type Offered } from '../../mqtt/discovery.ts';

const nameOf = ({ name, key }: { name?: string | null; key: string }) =>
  name === null ? 'Internet' : (name ?? key);

function unitOf(entity: StateEntity): string {
  if (entity.component === 'binary_sensor') return 'on, off';
  if (entity.component !== 'sensor') return '';
  return entity.unit ?? entity.options?.join(', ') ?? (entity.deviceClass === 'timestamp' ? 'time' : '');
}

/** Everything that appears, as it stands in docs/home-assistant.md. */
export function entityTable({ topics, events, commands }: Offered): string {
  const rows = topics.flatMap(({ topic, entities }) =>
    entities.map((entity) => [
      `\`${entityId(entity.component, entity.key)}\``,
      `${nameOf(entity)}${entity.isOffAtFirst ? ' *(off at first)*' : ''}`,
      unitOf(entity),
      `\`${topic}\` \`${entity.field}\``,
    ]),
  );
  const told = (event: EventEntity) => [
    `\`${entityId('event', event.key)}\``,
    nameOf(event),
    event.types.join(', '),
    `\`event/${event.key}\``,
  ];
  const asked = commands.map((command) => [
    `\`${entityId(command.component, command.key)}\``,
    nameOf(command),
    command.range ? `${command.range.min} – ${command.range.max} ${command.range.unit ?? ''}`.trim() : '',
    `\`command/${command.key}\``,
  ]);
  return [
    ['Entity', 'Name', 'Values', 'Topic and field'],
    ['---', '---', '---', '---'],
    ...[...rows, ...events.map(told), ...asked],
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
