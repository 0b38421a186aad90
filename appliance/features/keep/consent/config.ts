import { Type } from 'typebox';
import type { OutsideService, SwitchedService } from '../../../core/calling.ts';

export const isSwitched = (service: OutsideService): service is SwitchedService => service.kind === 'service';

/** The section `consent`: one switch for each service that some feature declares, all of them off. */
export function consentSection(services: readonly OutsideService[]) {
  const switches = services.filter(isSwitched).map(({ id, name, purpose, learns, protocol }) => [
    id,
    Type.Boolean({
      default: false,
      title: name,
      description: `${purpose}. It learns: ${lowerFirst(learns)}. By ${protocol}`,
    }),
  ]);
  return Type.Object(Object.fromEntries(switches), {
    title: 'Consent',
    description: 'Services outside the house. Nothing is sent to one of them before it is switched on here',
    additionalProperties: false,
    default: {},
  });
}

const lowerFirst = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
