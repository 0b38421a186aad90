/** Words of the card that says how the message broker is reached. */
export const mqttWords = {
  heading: 'Connection to the broker',
  state: {
    off: 'Off',
    connecting: 'Connecting',
    connected: 'Connected',
    waiting: 'Not connected',
    refused: 'Not let in',
  },
  loading: 'Asking how the connection stands …',
  failed: (why: string) => `How the connection stands is not known: ${why}`,
  serial: 'Serial number',
  entities: 'Entities',
  topics: 'Topics',
  waiting: 'Waiting',
  commands: 'Commands',
  commandsOn: (accepted: number, refused: number) => `${accepted} taken, ${refused} refused`,
  commandsOff: 'Switched off',
  ownBroker: (port: number, clients: number) =>
    `The broker in this box listens on port ${port}; ${clients} connected.`,
};
