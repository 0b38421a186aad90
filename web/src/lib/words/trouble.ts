import type { BusyPeriod } from '../../../../appliance/features/judge/outage/schema.ts';

const busyTitle: Record<BusyPeriod['source'], string> = {
  own: 'This box itself fills the line',
  router: 'Your own traffic fills the line',
  inferred: 'The line is full',
};

/** The card on Now when something is wrong. */
const english = {
  heading: 'What is wrong',
  since: (time: string) => `since ${time}`,
  fault: 'Fault',
  finding: 'Still finding out',
  findingMore: 'The box is asking every part of the way; this takes a few seconds.',
  sure: (confidence: string) => `(${confidence})`,
  either: (faults: string) => `Possible: ${faults}.`,
  or: ' or ',
  try: 'What to try',
  more: 'All that is known',
  others: (number: number) =>
    number === 1 ? 'One more thing is wrong.' : `${number} more things are wrong.`,
  ipv6Only: 'Only IPv6 is affected.',
  line: (name: string) => `Line ${name}`,
  busyTitle,
  busyFault: 'Nobody’s: the line carries as much as it can.',
  busyAdvice: [
    'Pause large uploads, backups and downloads, or let them run at night.',
    'A router with queue management (often called SQM) keeps calls usable meanwhile.',
  ],
};

export const troubleWords: typeof english = english;
