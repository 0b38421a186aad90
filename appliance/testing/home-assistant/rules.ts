/** The 22 rules that a device must meet to be shown rightly by Home Assistant over MQTT. */
import * as entity from './entity-rules.ts';
import * as envelope from './envelope-rules.ts';
import type { Recording } from './recording.ts';
import * as traffic from './traffic-rules.ts';

export interface Rule {
  number: number;
  says: string;
  check(recording: Recording): string[];
}

const rule = (number: number, says: string, check: Rule['check']): Rule => ({ number, says, check });

export const rules: readonly Rule[] = [
  rule(1, 'the document is at <prefix>/device/<id>/config, retained, QoS 1', envelope.topicOfDocument),
  rule(2, 'it has device, origin with a name, and components', envelope.parts),
  rule(3, 'the device is identified, versions are texts, the address is one', envelope.device),
  rule(4, 'each component has a platform and an id for ever', envelope.identities),
  rule(5, 'availability is said once, in one of its forms', envelope.sharedOptions),
  rule(6, 'keys are written out', envelope.longNames),
  rule(7, 'the entity id is given as <platform>.<name>', envelope.entityIds),
  rule(8, 'what goes is first reduced to its platform', traffic.removals),
  rule(9, 'two documents are five seconds apart', traffic.pauses),
  rule(10, 'when Home Assistant starts, everything is sent again, the document first', traffic.birth),
  rule(11, 'topics are plain', envelope.topicNames),
  rule(12, 'a name says what the class and the device do not', entity.names),
  rule(13, 'categories fit the platform', entity.entityCategories),
  rule(14, 'states are short, attributes are objects with names of their own', entity.states),
  rule(15, 'options, resets and expiry fit', entity.sensors),
  rule(16, 'units and state classes fit the class', entity.units),
  rule(17, 'binary sensors say ON and OFF', entity.binarySensors),
  rule(18, 'events are of a listed type and never retained', entity.events),
  rule(19, 'commands are pressed, answered, and destroy nothing', entity.commands),
  rule(20, 'updates have two versions', entity.updates),
  rule(21, 'what is retained goes with QoS 1, and the end is announced', traffic.delivery),
  rule(22, 'after a new connection everything retained is sent again', traffic.resending),
];

/** Everything that is wrong, each with the number of its rule. */
export function problemsOf(recording: Recording): string[] {
  return rules.flatMap(({ number, check }) => check(recording).map((problem) => `${number}: ${problem}`));
}
