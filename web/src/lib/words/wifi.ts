/** The Wi-Fi test: the way from this device to the box beside the way from the box to the provider. */
const english = {
  invite: {
    heading: 'Is it the Wi-Fi?',
    lead: 'Open the Wi-Fi test on a phone in the same network: it tells whether the Wi-Fi or the Internet is the slower one.',
    open: 'Open it on this device',
    code: 'Show a code to scan',
    hide: 'Hide the code',
    qr: 'Code with the address of the Wi-Fi test',
    local:
      'You opened this page on the box itself. On the phone use the name or address of the box in your network.',
    failed: 'The code could not be drawn; type the address instead.',
  },
};

export const inviteWords: typeof english.invite = english.invite;

const wifi = {
  title: {
    start: 'Is it the Wi-Fi or the Internet?',
    running: {
      idle: 'Listening to the delay…',
      download: 'From the box to here…',
      upload: 'From here to the box…',
    },
  },
  hops: {
    wifi: 'Wi-Fi: this device to box',
    wifiPhone: 'Wi-Fi: phone to box',
    internet: 'Internet: box to provider',
    heading: 'The two hops',
    notYet: 'not measured yet',
    never: 'never measured',
    signIn: 'Sign in to see it',
    closed: 'Only for who is signed in.',
    down: 'Down',
    up: 'Up',
    idle: 'Delay at rest',
    loaded: 'Delay under load',
    when: (when: string) => `Measured ${when}`,
    start: 'Measure it',
    again: 'Measure it again',
    running: 'being measured…',
    slower: 'slower part',
    line: (line: string) => `Line ${line}`,
  },
  run: {
    start: 'Measure here',
    again: 'Measure again',
    cancel: 'Stop',
    room: 'Where are you? (a name of your own)',
    placeholder: 'Kitchen',
    price: 'Stays in your network: no data of your plan are used.',
    steps: { idle: 'Delay', download: 'Down', upload: 'Up' },
    stepsLabel: 'Steps of the test',
    stale: 'The box does not answer, so nothing can be measured.',
  },
  failure: {
    notServed:
      'The box did not serve the test. It may be measuring with another device or the Internet right now, or its Wi-Fi test is switched off. Try again in a moment.',
    refused: (why: string) => `The box refuses: ${why}`,
    unknown: (why: string) => `It could not be measured: ${why}`,
  },
  verdict: {
    notYet: 'Measure here first; the answer stands here then.',
    noInternet: 'The Wi-Fi is measured. Measure the Internet as well, and the two can be compared.',
    noNumbers: 'Too little was counted to compare the two.',
    down: 'downwards',
    up: 'upwards',
    wifi: (how: string) => `The Wi-Fi is the slower part: ${how}.`,
    internet: (how: string) => `The Internet is the slower part, not the Wi-Fi: ${how}.`,
    same: 'Both are about equally fast: neither holds the other back.',
    held: (way: string, wifi: string, internet: string, lost: string) =>
      `${way}, ${wifi} of the ${internet} at the box arrive here, ${lost} less`,
    carries: (way: string, times: string) => `${way}, the Wi-Fi carries ${times} times as much`,
    perhapsDevice: 'This device itself was busy, so it may be the device and not the radio.',
  },
  honest: {
    strained: 'This device could not keep up: the Wi-Fi may be faster than the number.',
    encrypted:
      'The connection to the box is encrypted, which costs the processors of both; on fast Wi-Fi the number may be theirs.',
    wireless: (name: string) =>
      `The box itself is on Wi-Fi (${name}): both hops share the air, so this hop looks slower than it is.`,
    method:
      'Method: WebSocket (ndt7), five seconds each way without the first; downwards counted by this device, upwards by the box, never by what was sent. Delay by small requests every 100 ms.',
  },
  rooms: {
    heading: 'Walk around',
    lead: 'Name the place, measure, walk on. The list stays in this browser; nobody else sees it.',
    empty: 'Each place you measure is listed here, so that you find where the Wi-Fi is weak.',
    remove: (room: string) => `Remove ${room}`,
    clear: 'Remove all',
    unnamed: 'Here',
    best: 'best',
    weakest: 'weakest',
    notKept: 'This browser keeps nothing: the list is gone when the page closes.',
  },
};

export const wifiWords: typeof wifi = wifi;
