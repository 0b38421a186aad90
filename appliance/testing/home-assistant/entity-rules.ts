/** Rules 12 to 20: each entity. Each gives what is wrong. */
import {
  type Component,
  currentComponents,
  documentOf,
  type Facts,
  isFacts,
  isText,
  parse,
  type Recording,
} from './recording.ts';
import {
  binaryClasses,
  buttonClasses,
  type ClassRule,
  classNames,
  plain,
  sensorClasses,
  takenAttributes,
} from './table.ts';

const is = (condition: boolean, problem: string) => (condition ? [] : [problem]);
const of = (recording: Recording, platform: string) =>
  currentComponents(recording).filter(({ facts }) => facts.platform === platform);
const orNull = (value: unknown) => (isText(value) ? value : null);

export function names(recording: Recording): string[] {
  const components = currentComponents(recording);
  const device = documentOf(recording).device;
  const deviceName = isFacts(device) && isText(device.name) ? device.name : '';
  const shown = components.flatMap(({ facts }) =>
    isText(facts.name) ? [`${facts.platform} ${facts.name}`] : [],
  );
  return [
    ...is(
      components.filter(({ facts }) => facts.name === null).length <= 1,
      'several entities have no name of their own',
    ),
    ...is(new Set(shown).size === shown.length, 'two entities have one name'),
    ...components.flatMap(({ key, facts }) => {
      const { name } = facts;
      const said = classNames[orNull(facts.device_class) ?? ''];
      if (name === undefined) return is(said !== undefined, `${key} has neither name nor class`);
      if (!isText(name)) return is(name === null, `${key}: name`);
      return [
        ...is(name.toLowerCase() !== said?.toLowerCase(), `${key}: its class says "${name}" already`),
        ...is(
          deviceName === '' || !name.toLowerCase().includes(deviceName.toLowerCase()),
          `${key} repeats the device`,
        ),
      ];
    }),
  ];
}

const categories: Readonly<Record<string, readonly unknown[]>> = {
  sensor: [undefined, 'diagnostic'],
  binary_sensor: [undefined, 'diagnostic'],
  update: [undefined, 'diagnostic'],
  event: [undefined],
};

export function entityCategories(recording: Recording): string[] {
  return currentComponents(recording).flatMap(({ key, facts }) => {
    const allowed = categories[String(facts.platform)] ?? [undefined, 'config', 'diagnostic'];
    return is(allowed.includes(facts.entity_category), `${key}: entity_category ${facts.entity_category}`);
  });
}

/** The field that a template of ours reads. */
const fieldOf = (template: unknown) =>
  isText(template) ? /value_json\.(\w+)/.exec(template)?.[1] : undefined;

export function states(recording: Recording): string[] {
  return currentComponents(recording).flatMap(({ key, facts }) =>
    recording.sent
      .filter(
        ({ topic, payload }) => topic === facts.state_topic && facts.platform !== 'event' && payload !== '',
      )
      .flatMap(({ payload }) => {
        const state = parse(payload);
        if (state === null) return [`${key}: its state is no JSON object`];
        const value = state[fieldOf(facts.value_template) ?? ''];
        const attributes = state[fieldOf(facts.json_attributes_template) ?? ''] ?? {};
        return [
          ...is(
            String(value ?? '').length <= 255 || isFacts(value),
            `${key}: a state of more than 255 characters`,
          ),
          ...is(isFacts(attributes), `${key}: attributes are no object`),
          ...Object.keys(isFacts(attributes) ? attributes : {}).flatMap((name) =>
            is(!takenAttributes.includes(name), `${key}: the attribute ${name} is dropped`),
          ),
        ];
      }),
  );
}

const isSeconds = (value: unknown) => value === undefined || (Number.isInteger(value) && Number(value) > 0);

export function sensors(recording: Recording): string[] {
  return of(recording, 'sensor').flatMap(({ key, facts }) => {
    const { options, device_class: of, state_class, unit_of_measurement: unit } = facts;
    const isEnum = of === 'enum';
    const isFilled = Array.isArray(options) && options.length > 0 && options.every(isText);
    return [
      ...is(options === undefined || isEnum, `${key}: options without the class enum`),
      ...is(!isEnum || isFilled, `${key}: an enum without options`),
      ...is(
        !isEnum || (state_class === undefined && unit === undefined),
        `${key}: an enum with a unit or state class`,
      ),
      ...is(facts.last_reset_value_template === undefined || state_class === 'total', `${key}: last reset`),
      ...is(isSeconds(facts.expire_after), `${key}: expire_after`),
    ];
  });
}

export function units(recording: Recording): string[] {
  return of(recording, 'sensor').flatMap(({ key, facts }) => {
    const rule: ClassRule | undefined =
      facts.device_class === undefined ? plain : sensorClasses[String(facts.device_class)];
    if (rule === undefined) return [`${key}: the class ${facts.device_class} is not in the table`];
    return [
      ...is(
        rule.units.includes(orNull(facts.unit_of_measurement)),
        `${key}: the unit ${facts.unit_of_measurement}`,
      ),
      ...is(
        rule.stateClasses.includes(orNull(facts.state_class)),
        `${key}: the state class ${facts.state_class}`,
      ),
    ];
  });
}

export function binarySensors(recording: Recording): string[] {
  return of(recording, 'binary_sensor').flatMap(({ key, facts }) => [
    ...is(
      facts.device_class === undefined || binaryClasses.includes(String(facts.device_class)),
      `${key}: class`,
    ),
    ...is(isSeconds(facts.off_delay) && isSeconds(facts.expire_after), `${key}: delays are whole seconds`),
    ...is(
      (facts.payload_on !== undefined && facts.payload_off !== undefined) ||
        /'ON'.*'OFF'/.test(String(facts.value_template)),
      `${key}: neither ON and OFF nor payloads of its own`,
    ),
  ]);
}

export function events(recording: Recording): string[] {
  return of(recording, 'event').flatMap(({ key, facts }: Component) => {
    const types: unknown[] = Array.isArray(facts.event_types) ? facts.event_types : [];
    return [
      ...is(types.length > 0 && types.every(isText), `${key}: event_types`),
      ...recording.sent
        .filter(({ topic }) => topic === facts.state_topic)
        .flatMap(({ payload, isRetained }) => [
          ...is(!isRetained, `${key}: a retained event is ignored`),
          ...is(types.includes(parse(payload)?.event_type), `${key}: an event of no known type`),
        ]),
    ];
  });
}

const destructive = /restore|factory|reset|delete|wipe|password|claim|shutdown/;

export function commands(recording: Recording): string[] {
  const { serial, sent, received } = recording;
  const answers = sent
    .filter(({ topic }) => topic.endsWith(`/${serial}/result`))
    .map(({ payload }) => parse(payload));
  return currentComponents(recording)
    .filter(({ facts }) => ['button', 'switch', 'number'].includes(String(facts.platform)))
    .flatMap(({ key, facts }) => [
      ...is(isText(facts.command_topic), `${key} has no command_topic`),
      ...is(facts.platform !== 'button' || facts.payload_press === 'PRESS', `${key}: payload_press`),
      ...is(
        facts.platform !== 'button' ||
          facts.device_class === undefined ||
          buttonClasses.includes(String(facts.device_class)),
        `${key}: the class ${facts.device_class}`,
      ),
      ...is(!destructive.test(key), `${key} destroys`),
      ...received
        .filter(({ topic, isRetained }) => topic === facts.command_topic && !isRetained)
        .flatMap(({ payload }) => {
          const id = parse(payload)?.id;
          const isAnswered = answers.some(
            (answer) => answer?.command === key && (id === undefined || answer.id === id),
          );
          return is(isAnswered, `${key}: a command without an answer`);
        }),
    ]);
}

export function updates(recording: Recording): string[] {
  const allowed = new Set(
    [
      'installed_version',
      'latest_version',
      'title',
      'release_summary',
      'release_url',
      'update_percentage',
    ].concat('in_progress'),
  );
  return of(recording, 'update').flatMap(({ key, facts }) => [
    ...is(
      (facts.command_topic === undefined) === (facts.payload_install === undefined),
      `${key}: command_topic and payload_install go together`,
    ),
    ...recording.sent
      .filter(({ topic }) => topic === facts.state_topic)
      .flatMap(({ payload }) => {
        const state: Facts = parse(payload) ?? {};
        const value = state[fieldOf(facts.value_template) ?? ''];
        if (!isFacts(value)) return is(value === null, `${key}: its state is no object`);
        return [
          ...is(
            isText(value.installed_version) && isText(value.latest_version),
            `${key}: versions are texts`,
          ),
          ...Object.keys(value).flatMap((name) => is(allowed.has(name), `${key}: ${name}`)),
          ...is(String(value.release_summary ?? '').length <= 255, `${key}: a long summary`),
        ];
      }),
  ]);
}
