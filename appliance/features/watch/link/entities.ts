/** What home automation shows of the box's own link, and of what flows over the line. */
import {
  type EntityTopic,
  type FeatureEntities,
  lineKey,
  lineName,
  rounded,
  type StateEntity,
} from '../../../core/entities.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { LinkList, LinkState, Traffic } from './schema.ts';
import type { LinkService } from './service.ts';

const everyMs = 30_000;

/** The house's own counter where the router tells it; this box alone sees nothing of the others. */
export function linkFacts(state: LinkState | null, traffic: readonly Traffic[]) {
  const whole = traffic.find(({ source }) => source === 'router') ?? null;
  return {
    isLinked: state === null ? null : state.isUp && state.hasCarrier,
    interface: state?.interface ?? null,
    isWireless: state === null ? null : state.wireless !== null,
    signalDbm: rounded(state?.wireless?.signalDbm, 0),
    downMbps: rounded(whole === null ? null : whole.downBps / 1e6, 2),
    upMbps: rounded(whole === null ? null : whole.upBps / 1e6, 2),
  };
}

function entitiesOf(line: string, count: number): StateEntity[] {
  return [
    {
      component: 'binary_sensor',
      key: lineKey('link', line),
      name: lineName('Cable or Wi-Fi', line, count),
      field: 'isLinked',
      deviceClass: 'connectivity',
      category: 'diagnostic',
    },
    {
      component: 'sensor',
      key: lineKey('wifi_signal', line),
      name: lineName('Wi-Fi signal', line, count),
      field: 'signalDbm',
      deviceClass: 'signal_strength',
      unit: 'dBm',
      stateClass: 'measurement',
      category: 'diagnostic',
    },
    ...(['down', 'up'] as const).map(
      (direction): StateEntity => ({
        component: 'sensor',
        key: lineKey(`traffic_${direction}`, line),
        name: lineName(direction === 'down' ? 'Household download' : 'Household upload', line, count),
        field: `${direction}Mbps`,
        deviceClass: 'data_rate',
        unit: 'Mbit/s',
        stateClass: 'measurement',
        decimals: 1,
      }),
    ),
  ];
}

export function linkEntities({ config }: FeatureContext, service: LinkService): FeatureEntities {
  const factsOf = (line: string) => {
    const list: LinkList = service.list();
    return linkFacts(
      service.state(line),
      list.traffic.filter((traffic) => traffic.line === line),
    );
  };
  return {
    topics: () =>
      config.current.lines.map(
        ({ name }, _at, { length }): EntityTopic => ({
          topic: `line/${name}/link`,
          entities: entitiesOf(name, length),
          on: ['link.observed'],
          everyMs,
          expires: true,
          read: () => factsOf(name),
        }),
      ),
  };
}
