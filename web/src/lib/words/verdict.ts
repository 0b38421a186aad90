/** Whose fault it is, how sure that is, and what can be done about it. */
import type { Outage } from '../../../../appliance/features/judge/outage/schema.ts';

type Verdict = Outage['verdict'];

const fault: Record<Verdict, string> = {
  device: 'this box or its cable',
  lan: 'the network in your house',
  gateway: 'your router',
  access: 'the line to your provider',
  isp: 'your provider’s network',
  transit: 'the Internet beyond your provider',
  dns: 'the servers that turn names into addresses',
  service: 'one destination in the Internet',
  ipv6: 'IPv6 alone; IPv4 is not affected',
  'captive-portal': 'a login page in between',
  unclear: 'not clear from what was seen',
};

const short: Record<Verdict, string> = {
  device: 'This box',
  lan: 'Home network',
  gateway: 'Router',
  access: 'Line to the provider',
  isp: 'Provider',
  transit: 'Beyond the provider',
  dns: 'Names',
  service: 'One destination',
  ipv6: 'IPv6',
  'captive-portal': 'Login page',
  unclear: 'Unclear',
};

/** In the order in which one tries them. */
const advice: Record<Verdict, readonly string[]> = {
  device: [
    'Look at the cable between this box and the router, and at its lights.',
    'Other devices may be online all the same: only this box has lost its link.',
  ],
  lan: [
    'Look at the switch or Wi-Fi point between this box and the router.',
    'A device plugged straight into the router shows whether the Internet itself works.',
  ],
  gateway: [
    'Look whether the router has power. Restart it once and give it five minutes.',
    'If it falls silent again, the router is at fault, not your provider.',
  ],
  access: [
    'Look at the modem’s lights; restart it once.',
    'Nothing else in your house can mend the line. Tell your provider: they can see it too.',
  ],
  isp: [
    'Your router and your line work. Restarting them does not help.',
    'Your provider may know already: look at their status page over mobile data.',
  ],
  transit: [
    'Your line and your provider’s first router work; some places in the Internet stay reachable.',
    'Waiting is all that helps here; another network, such as mobile data, may get through.',
  ],
  dns: [
    'Restart the router once: most houses ask it for names.',
    'If that does not help, another name server (9.9.9.9 or 1.1.1.1) set in the router does.',
  ],
  service: ['Your Internet works. The other side has the trouble: try again later.'],
  ipv6: [
    'Most things go on working over IPv4, some only after a pause.',
    'Restart the router once. If it comes back, tell your provider that IPv6 is missing.',
  ],
  'captive-portal': ['Open any page in a browser and log in; everything works after that.'],
  unclear: ['Restart the router once and give it five minutes. The box goes on looking for the cause.'],
};

const symptom: Record<Outage['symptom'], string> = {
  'no-answer': 'Nothing in the Internet answers',
  loss: 'Part of what is sent gets lost',
  latency: 'Answers take far too long',
  jitter: 'Answers come unevenly',
  mtu: 'Large packets get lost, small ones pass',
  names: 'Names are not turned into addresses',
  'slow-names': 'Names are slow to resolve',
  portal: 'A login page answers in place of the Internet',
};

/** Of one destination alone. */
const ofTarget: Partial<Record<Outage['symptom'], (name: string) => string>> = {
  'no-answer': (name) => `${name} does not answer; the rest of the Internet does`,
  loss: (name) => `Part of what is sent to ${name} gets lost`,
  latency: (name) => `${name} takes far too long to answer`,
  mtu: (name) => `Large packets do not reach ${name}`,
};

/** What a person notices of an outage, as a headline. */
export function headlineOf(outage: Outage): string {
  const { target, family, symptom: own } = outage;
  if (target !== null) {
    const name = outage.evidence.nodes.find((node) => node.target === target)?.name ?? target;
    return ofTarget[own]?.(name) ?? `${symptom[own]} (${name})`;
  }
  if (family === 'ipv6' && own === 'no-answer') return 'Nothing answers over IPv6';
  return family === 'ipv6' ? `${symptom[own]}, over IPv6` : symptom[own];
}

const english = {
  fault,
  short,
  advice,
  symptom,
  /** A likelihood 0..1 as people say it. */
  confidence: (ratio: number) =>
    ratio >= 0.95
      ? 'almost certain'
      : ratio >= 0.8
        ? 'very likely'
        : ratio >= 0.6
          ? 'likely'
          : ratio >= 0.4
            ? 'possible'
            : 'a guess',
};

export const verdictWords: typeof english = english;
