/** What the page Speed says of what comes next, what it costs, and of full queues. */
const plan = {
  heading: 'What comes next, and what it costs',
  of: (line: string) => `Line ${line}`,
  next: 'Next test',
  none: 'None planned',
  why: (reason: string, kind: string) => `Because: ${reason}. ${kind}.`,
  held: {
    start: 'Later than wanted: the box has only just started.',
    'quiet-hours': 'Later than wanted: quiet hours.',
    budget: 'Later than wanted: the budget of the month.',
    busy: 'Later than wanted: the line was in use.',
  },
  budget: 'Budget of this month',
  spent: (spent: string, budget: string) => `${spent} of ${budget}`,
  noBudget: 'No test starts by itself',
  engines: 'What each engine would cost',
  engine: 'Engine',
  kinds: { quick: 'Quick', full: 'Full', estimate: 'Estimate' },
  month: 'A month, as scheduled',
  ready: 'ready',
  first: 'in use',
  consent: 'Switch it on',
  settings: 'Change schedule, budget, engines and consent',
  schedule: { adaptive: 'About four tests a day at random moments', off: 'No schedule' } as Partial<
    Record<string, string>
  >,
  cron: (line: string) => `Cron line ${line}`,
  quiet: (from: string, to: string) => `quiet from ${from} to ${to}`,
  metered: 'Metered: only estimates from a few MB.',
  about: (bytes: string) => `about ${bytes}`,
};

const advice = {
  heading: 'Delay under load',
  fewTests:
    'Advice appears here after a few tests: it needs to know how the line behaves on good and bad hours.',
  target: (ms: string) => `Aim: at most ${ms} of added delay.`,
  rate: (kbps: string, share: string) => `${kbps} kbit/s (${share} of what was measured on slow hours)`,
  down: 'Download shaper',
  up: 'Upload shaper',
  now: (added: string) => `now ${added} added`,
  notNeeded: 'fine as it is',
  basis: {
    observed: 'Tests at this rate stayed below the aim.',
    derived: 'A share of the capacity; test again once it is set.',
  },
  how: 'Where to set it',
  commands: 'Commands',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser does not let this page copy; select the text instead.',
  tests: (count: number) => `Drawn from ${count} tests.`,
  compare: 'Before and after',
  compareLead: 'Choose a test before the change and one after it.',
  before: 'Before',
  after: 'After',
  show: 'Compare',
  figures: {
    downloadMbps: 'Download',
    uploadMbps: 'Upload',
    idleMs: 'Delay at rest',
    addedDownMs: 'Added during download',
    addedUpMs: 'Added during upload',
    rpm: 'Responsiveness',
  },
  verdict: { better: 'better', worse: 'worse', same: 'no real difference', unknown: 'not known' },
  columns: ['Figure', 'Before', 'After', 'Usual difference', 'Verdict'],
  incomparable: 'These tests differ in line, family or engine, so their numbers cannot be compared.',
  failed: (why: string) => `They could not be compared: ${why}`,
};

export const planWords: typeof plan = plan;
export const adviceWords: typeof advice = advice;
