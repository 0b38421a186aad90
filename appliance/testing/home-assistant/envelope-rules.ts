/** Rules 1 to 7, 11: the document as such. Each gives what is wrong. */
import {
  type Component,
  currentComponents,
  documentOf,
  documentsOf,
  type Facts,
  isFacts,
  isText,
  parse,
  type Recording,
} from './recording.ts';
import { longKeys, platforms } from './table.ts';

const isUrl = (value: unknown) =>
  isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
const is = (condition: boolean, problem: string) => (condition ? [] : [problem]);

export function topicOfDocument(recording: Recording): string[] {
  const documents = documentsOf(recording);
  return [
    ...is(documents.length > 0, 'there is no document'),
    ...documents.flatMap(({ topic, isRetained, qos }) => [
      ...is(
        /^[^#+]+\/device\/[A-Za-z0-9_-]+\/config$/.test(topic),
        `${topic} is not <prefix>/device/<id>/config`,
      ),
      ...is(isRetained, 'the document is not retained'),
      ...is(qos === 1, 'the document does not go with QoS 1'),
    ]),
  ];
}

export function parts(recording: Recording): string[] {
  return documentsOf(recording).flatMap(({ payload }) => {
    const document = parse(payload);
    if (document === null) return ['the document is no JSON object'];
    const { device, origin, components } = document;
    return [
      ...is(isFacts(device), 'device is missing'),
      ...is(isFacts(components), 'components are missing'),
      ...is(isFacts(origin) && isText(origin.name) && origin.name !== '', 'origin.name is missing'),
      ...is(
        !isFacts(origin) || origin.support_url === undefined || isUrl(origin.support_url),
        'origin.support_url',
      ),
    ];
  });
}

export function device(recording: Recording): string[] {
  const found = documentOf(recording).device;
  if (!isFacts(found)) return ['there is no device'];
  const { identifiers, connections, configuration_url: url } = found;
  const texts = ['sw_version', 'hw_version', 'serial_number', 'model', 'model_id', 'manufacturer', 'name'];
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isText);
  const isList = Array.isArray(identifiers) && identifiers.length > 0 && identifiers.every(isText);
  return [
    ...is(isList || Array.isArray(connections), 'device has neither identifiers nor connections'),
    ...is(
      connections === undefined || (Array.isArray(connections) && connections.every(isPair)),
      'connections',
    ),
    ...texts.flatMap((key) => is(found[key] === undefined || isText(found[key]), `device.${key} is no text`)),
    ...is(url === undefined || isUrl(url), 'configuration_url is no http address'),
  ];
}

export function identities(recording: Recording): string[] {
  const components = currentComponents(recording);
  const ids = components.map(({ facts }) => facts.unique_id);
  return [
    ...components.flatMap(({ key, facts }) => [
      ...is(
        isText(facts.platform) && platforms.includes(facts.platform),
        `${key}: platform ${facts.platform}`,
      ),
      ...is(facts.unique_id === `${recording.serial}_${key}`, `${key}: unique_id is not <serial>_<key>`),
    ]),
    ...is(new Set(ids).size === ids.length, 'two components share a unique_id'),
  ];
}

export function sharedOptions(recording: Recording): string[] {
  const document = documentOf(recording);
  const all: [string, Facts][] = [
    ['the document', document],
    ...currentComponents(recording).map(({ key, facts }): [string, Facts] => [key, facts]),
  ];
  const modes = [undefined, 'all', 'any', 'latest'];
  return [
    ...is(
      document.availability !== undefined || document.availability_topic !== undefined,
      'no availability',
    ),
    ...all.flatMap(([where, facts]) => [
      ...is(
        facts.availability === undefined || facts.availability_topic === undefined,
        `${where}: availability and availability_topic exclude each other`,
      ),
      ...is(modes.includes(facts.availability_mode as string | undefined), `${where}: availability_mode`), // compared only
      ...is(
        facts.availability === undefined ||
          (Array.isArray(facts.availability) &&
            facts.availability.every((one) => isFacts(one) && isText(one.topic))),
        `${where}: availability is no list of topics`,
      ),
    ]),
  ];
}

/** Keys at every depth below components; those of device and origin are checked by their own rule. */
export function longNames(recording: Recording): string[] {
  const { device: _device, origin: _origin, components: _components, ...top } = documentOf(recording);
  const keys = [top, ...currentComponents(recording).map(({ facts }) => facts)].flatMap((facts) => [
    ...Object.keys(facts),
    ...(Array.isArray(facts.availability) ? facts.availability.filter(isFacts).flatMap(Object.keys) : []),
  ]);
  const document = documentOf(recording);
  const short = ['dev', 'o', 'cmps', '~'].filter((key) => Object.hasOwn(document, key));
  return [...new Set([...short, ...keys.filter((key) => !longKeys.has(key))])].map(
    (key) => `the key "${key}"`,
  );
}

export function entityIds(recording: Recording): string[] {
  return currentComponents(recording).flatMap(({ key, facts }) => [
    ...is(facts.object_id === undefined, `${key}: object_id does nothing any more`),
    ...is(
      isText(facts.default_entity_id) &&
        new RegExp(`^${facts.platform}\\.[a-z0-9_]+$`).test(facts.default_entity_id),
      `${key}: default_entity_id ${facts.default_entity_id}`,
    ),
  ]);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const forbidden = /[\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/;

export function topicNames(recording: Recording): string[] {
  const named = currentComponents(recording).flatMap(({ facts }: Component) =>
    ['state_topic', 'command_topic', 'json_attributes_topic'].flatMap((key) =>
      isText(facts[key]) ? [facts[key]] : [],
    ),
  );
  return [...recording.sent.map(({ topic }) => topic), ...named].flatMap((topic) => {
    const bytes = Buffer.byteLength(topic);
    return is(
      bytes >= 1 && bytes <= 65_535 && !/[+#]/.test(topic) && !forbidden.test(topic),
      `the topic ${topic}`,
    );
  });
}
