/** The settings, and who outside the house is contacted. */
const english = {
  title: 'Settings',
  lead: (file: string) =>
    `Everything here stands in ${file}; what is saved is in force at once unless it says otherwise.`,
  loading: 'Reading the settings…',
  failed: (why: string) => `The settings could not be read: ${why}`,
  forbidden: 'The settings are for the owner of this box.',
  tryAgain: 'Try again',
  search: 'Search the settings',
  none: (sought: string) => `Nothing is called “${sought}”.`,
  wrongFile: 'The file is wrong, so what was in force before still is:',
  waiting: (count: number) =>
    count === 1
      ? 'One change takes effect at the next start of the service (ist.service).'
      : `${count} changes take effect at the next start of the service (ist.service).`,
  save: 'Save',
  undo: 'Discard',
  saved: 'Saved.',
  reset: 'Back to the default',
  resetNamed: (title: string) => `${title}: back to the default`,
  usual: (value: string) => `Default: ${value}`,
  empty: 'nothing',
  restart: 'takes effect at the next start',
  isWaiting: 'changed, waits for the next start',
  decidedBy: (source: string) => `Decided by ${source}; change it there.`,
  lines: 'One a line.',
  json: 'As JSON.',
  secretSet: 'Set; never shown. Type a new one to replace it.',
  secretUnset: 'Not set.',
  rows: {
    add: 'Add an entry',
    unnamed: (place: number) => `Entry ${place}`,
    up: (name: string) => `Move ${name} up`,
    down: (name: string) => `Move ${name} down`,
    remove: (name: string) => `Remove ${name}`,
    removed: (name: string) => `${name} removed; save to make it so.`,
    moved: (place: number, count: number) => `Now ${place} of ${count}; save to make it so.`,
    optional: 'optional',
    usual: 'as usual',
  },
  on: 'On',
  off: 'Off',
  consent: {
    heading: 'Who outside is contacted',
    lead: 'Services are contacted only while you switch them on. The others are what this box measures towards; their settings decide.',
    failed: (why: string) => `Who is contacted could not be read: ${why}`,
    learns: (what: string) => `It learns: ${what}`,
    bytes: (bytes: string) => `about ${bytes} a month`,
    never: 'never contacted',
    last: (when: string) => `last contacted ${when}`,
    contacts: (count: string, bytes: string) => `this month ${count} times, ${bytes}`,
    setting: (path: string) => `Decided by the setting ${path}`,
    measured: 'Measured towards',
  },
};

export const settingsWords: typeof english = english;
