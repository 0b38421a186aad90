const english = {
  heading: 'Messages to your browsers',
  lead: 'When the Internet goes down and when it is back, also while no page is open. The message is encrypted on this box; the maker of your browser carries it and learns when one is sent, not what it says.',
  loading: 'Reading who gets messages …',
  none: 'No browser of yours gets messages yet.',
  here: 'this browser',
  since: (day: string) => `since ${day}`,
  sent: (time: string) => `last message ${time}`,
  failed: (why: string) => `The last message did not arrive: ${why}`,
  obstacle: {
    insecure:
      'Browsers take messages only over HTTPS. Switch it on for this box in the settings (http.tls), then open this page again.',
    unable:
      'This browser cannot get messages. On an iPhone or iPad, put this page on the home screen first and open it from there.',
    refused:
      'You have told this browser to show no messages of this box. Allow them in its settings for this page.',
  },
  off: (carrier: string) =>
    `${carrier} is switched off among the services outside the house, so nothing is sent to this browser.`,
  toSettings: 'Switch it on in the settings',
  subscribe: 'Send messages to this browser',
  test: 'Send a test message',
  testNamed: (agent: string) => `Send a test message to ${agent}`,
  tested: 'Sent. It should appear in a moment.',
  remove: 'Remove',
  removeNamed: (agent: string) => `Remove ${agent}`,
  declined: 'Nothing was changed: the browser was not allowed to show messages.',
};

export const pushWords: typeof english = english;
