/** What home automation reads of the reboot adviser, and how it says that it has started one. */
import { type EventMessage, type FeatureEntities, rounded } from '../../../core/entities.ts';
import { experience } from './advise.ts';
import { type RebootAdvice, RebootTold } from './schema.ts';
import type { RebootService } from './service.ts';

const everyMs = 5 * 60_000;

export function rebootFacts(advice: RebootAdvice | null) {
  if (advice === null)
    return { isAdvised: null, reason: null, helpedPercent: null, tried: null, about: null };
  const { isAdvised, reason, device, leftToday, record } = advice;
  return {
    isAdvised,
    reason: reason.slice(0, 255),
    // Of no trial there is no share.
    helpedPercent: record.tried === 0 ? null : rounded((100 * record.helped) / record.tried, 0),
    tried: record.tried,
    about: { reason, device, leftToday, ...record, experience: experience(record) },
  };
}

export function rebootMessage({
  device,
  line,
  outage,
  reason,
  leftToday,
  record,
}: RebootAdvice): EventMessage {
  return {
    type: 'advised',
    facts: { device, line, outage, reason: reason.slice(0, 255), leftToday, ...record },
  };
}

export function rebootEntities(service: RebootService): FeatureEntities {
  return {
    topics: () => [
      {
        topic: 'reboot',
        entities: [
          {
            component: 'binary_sensor',
            key: 'reboot_advised',
            name: 'Reboot advised',
            field: 'isAdvised',
            icon: 'mdi:restart-alert',
            attributes: 'about',
          },
          {
            component: 'sensor',
            key: 'reboot_helped',
            name: 'Reboots that helped',
            field: 'helpedPercent',
            knownBy: 'tried',
            icon: 'mdi:restart',
            unit: '%',
            stateClass: 'measurement',
            attributes: 'about',
          },
        ],
        on: ['reboot.advised', 'reboot.recorded', 'outage.closed'],
        everyMs,
        read: () => rebootFacts(service.advice),
      },
    ],
    events: [
      {
        component: 'event',
        key: 'reboot_advice',
        name: 'Reboot advice',
        icon: 'mdi:restart-alert',
        types: ['advised'],
        follow(bus, tell) {
          let outage: number | null = null;
          return bus.on('reboot.advised', (advice) => {
            if (advice.isAdvised && advice.outage !== outage) tell(rebootMessage(advice));
            outage = advice.isAdvised ? advice.outage : outage;
          });
        },
      },
    ],
    commands: [
      {
        component: 'button',
        key: 'reboot_started',
        name: 'Reboot started',
        icon: 'mdi:restart',
        parameters: RebootTold,
        async run({ parameters }) {
          const { advice } = await service.tell(parameters);
          return { reason: advice.reason, leftToday: advice.leftToday };
        },
      },
    ],
  };
}
