/** The state of the house's Internet, as home automation shows it. */
import { type EntityTopic, type FeatureEntities, lineKey, type StateEntity } from '../../../core/entities.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { LineState, Verdict } from '../../../core/shapes.ts';
import type { StateService } from './service.ts';

const everyMs = 60_000;
const maxState = 255;

const states = LineState.anyOf.map((one) => one.const).filter((state) => state !== 'unknown');
/** With `busy`, which blames nobody, and `none` while nothing is wrong. */
const verdicts = [...Verdict.anyOf.map((one) => one.const), 'busy', 'none'];

/** `unknown` is not a state of the line but of our knowledge. */
export const stateFacts = (state: LineState, verdict: string | null, since: string | null) => ({
  state: state === 'unknown' ? null : state,
  isOnline: state === 'unknown' ? null : state !== 'down',
  verdict: state === 'unknown' ? null : (verdict ?? 'none'),
  since,
});

function entitiesOf(line: string | null): StateEntity[] {
  const key = (plain: string) => (line === null ? plain : lineKey(plain, line));
  const name = (words: string) => (line === null ? words : `${words} (${line})`);
  return [
    {
      component: 'sensor',
      key: line === null ? 'state' : `line_state_${line}`,
      name: name('State'),
      field: 'state',
      icon: 'mdi:web-check',
      deviceClass: 'enum',
      options: states,
    },
    {
      component: 'binary_sensor',
      key: line === null ? 'online' : `line_online_${line}`,
      // The house's own stands for the whole device.
      name: line === null ? null : name('Online'),
      field: 'isOnline',
      deviceClass: 'connectivity',
      ...(line === null && { attributes: 'about' }),
    },
    {
      component: 'sensor',
      key: line === null ? key('verdict') : `line_verdict_${line}`,
      name: name('Verdict'),
      field: 'verdict',
      icon: 'mdi:gavel',
      deviceClass: 'enum',
      options: verdicts,
    },
  ];
}

export function stateEntities({ config }: FeatureContext, service: StateService): FeatureEntities {
  const house: EntityTopic = {
    topic: 'internet',
    entities: entitiesOf(null),
    on: ['state.changed'],
    everyMs,
    read() {
      const { state, verdict, since, sentence } = service.status();
      return {
        ...stateFacts(state, verdict, since),
        sentence: sentence.slice(0, maxState),
        about: { sentence: sentence.slice(0, maxState), since },
      };
    },
  };
  return {
    topics() {
      const { lines } = config.current;
      if (lines.length === 1) return [house];
      return [
        house,
        ...lines.map(
          ({ name }): EntityTopic => ({
            topic: `line/${name}/state`,
            entities: entitiesOf(name),
            on: ['state.changed'],
            everyMs,
            read() {
              const line = service.status().lines.find((one) => one.name === name);
              return stateFacts(line?.state ?? 'unknown', line?.verdict ?? null, line?.since ?? null);
            },
          }),
        ),
      ];
    },
  };
}
