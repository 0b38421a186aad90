/** Where everything of one box stands at a broker. */
export interface Topics {
  /** Everything but the discovery document is below it. */
  own: string;
  /** `online` or `offline`. */
  status: string;
  /** The object of one `EntityTopic`. */
  state(topic: string): string;
  /** One field of it, for whoever reads no JSON. */
  value(topic: string, field: string): string;
  event(key: string): string;
  command(key: string): string;
  /** Filter over all commands. */
  commands: string;
  /** What came of commands. */
  result: string;
  discovery: string;
  /** Where Home Assistant says that it has started. */
  birth: string;
}

export function topicsOf(
  { baseTopic, discoveryPrefix }: { baseTopic: string; discoveryPrefix: string },
  serial: string,
): Topics {
  const own = `${baseTopic}/${serial}`;
  return {
    own,
    status: `${own}/status`,
    state: (topic) => `${own}/${topic}`,
    value: (topic, field) => `${own}/${topic}/${field}`,
    event: (key) => `${own}/event/${key}`,
    command: (key) => `${own}/command/${key}`,
    commands: `${own}/command/+`,
    result: `${own}/result`,
    discovery: `${discoveryPrefix}/device/${serial}/config`,
    birth: `${discoveryPrefix}/status`,
  };
}
