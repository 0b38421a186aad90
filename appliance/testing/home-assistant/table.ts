/** Device classes of sensors that we use, the units each allows, and the state classes that go with it. */
export interface ClassRule {
  units: readonly (string | null)[];
  stateClasses: readonly (string | null)[];
}

export const sensorClasses: Readonly<Record<string, ClassRule>> = {
  duration: {
    units: ['ms', 's', 'min', 'h', 'd'],
    stateClasses: ['measurement', 'total', 'total_increasing', null],
  },
  data_rate: { units: ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'], stateClasses: ['measurement'] },
  data_size: {
    units: ['B', 'kB', 'MB', 'GB', 'TB'],
    stateClasses: ['measurement', 'total', 'total_increasing'],
  },
  temperature: { units: ['°C'], stateClasses: ['measurement'] },
  signal_strength: { units: ['dBm', 'dB'], stateClasses: ['measurement'] },
  timestamp: { units: [null], stateClasses: [null] },
  enum: { units: [null], stateClasses: [null] },
};

/** Without a class. */
export const plain: ClassRule = {
  units: ['%', 'RPM', null],
  stateClasses: ['measurement', 'total_increasing', null],
};

/** What Home Assistant itself calls an entity of this class that has no name. */
export const classNames: Readonly<Record<string, string>> = {
  duration: 'Duration',
  data_rate: 'Data rate',
  data_size: 'Data size',
  temperature: 'Temperature',
  signal_strength: 'Signal strength',
  timestamp: 'Timestamp',
  connectivity: 'Connectivity',
  problem: 'Problem',
  restart: 'Restart',
};

export const binaryClasses = ['connectivity', 'problem', 'running', 'update', 'power'];
export const buttonClasses = ['restart', 'update', 'identify'];

export const platforms = [
  'sensor',
  'binary_sensor',
  'event',
  'button',
  'switch',
  'number',
  'select',
  'update',
];

/** Attributes that Home Assistant drops, because they are its own. */
export const takenAttributes = [
  'assumed_state',
  'available',
  'device_class',
  'device_info',
  'entity_category',
  'entity_picture',
  'entity_registry_enabled_default',
  'extra_state_attributes',
  'force_update',
  'icon',
  'friendly_name',
  'should_poll',
  'state',
  'supported_features',
  'unique_id',
  'unit_of_measurement',
];

/** Every key that our documents may have; whatever is short for one of them is not among them. */
export const longKeys = new Set([
  ...['platform', 'unique_id', 'default_entity_id', 'name', 'icon', 'device_class', 'entity_category'],
  ...['enabled_by_default', 'state_topic', 'value_template', 'unit_of_measurement', 'state_class', 'options'],
  ...['suggested_display_precision', 'json_attributes_topic', 'json_attributes_template', 'expire_after'],
  ...['availability', 'availability_mode', 'availability_topic', 'availability_template', 'event_types'],
  ...['command_topic', 'payload_press', 'payload_install', 'min', 'max', 'step', 'mode', 'off_delay', 'qos'],
  ...['payload_on', 'payload_off', 'payload_available', 'payload_not_available', 'last_reset_value_template'],
  ...['device', 'origin', 'components', 'encoding', 'retain', 'topic'],
]);
