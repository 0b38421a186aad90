import { get } from 'node:http';
import { toIso } from '../../../core/clock.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { type Answer, advice, type Check, ok, wrong } from './finding.ts';
import type { LoopDelay } from './loop-delay.ts';
import { createMachine, type Machine } from './machine.ts';
import { addonFolder, machineChecks, rawAdvice, socketAdvice } from './machine-checks.ts';
import { networkChecks } from './network-checks.ts';
import type { StoreWatch } from './store-watch.ts';

const answerMs = 2000;
/** Above this the live view stutters and a minute may be handed over late; the probes themselves do not care. */
const slowLoopMs = 250;

/** Everything that can be asked from inside the service. */
export function serviceChecks(
  context: FeatureContext,
  { loopDelay, storeWatch }: { loopDelay: LoopDelay; storeWatch: StoreWatch },
  machine: Machine = createMachine(context.clock),
): readonly Check[] {
  const { about, link } = context;
  const check = (id: string, title: string, run: () => Promise<Answer> | Answer): Check => ({
    id,
    title,
    run: async () => run(),
  });
  return [
    check('icmp', 'Right to ping', () => checkIcmp(context)),
    check('clock', 'Clock', () => checkClock(context)),
    check('configuration', 'Configuration', () => checkConfiguration(context)),
    check('database', 'Databases', () => checkStore(storeWatch)),
    check('engine', 'Probing engine', () => checkEngine(context)),
    check('event-loop', 'Responsiveness of the service', () => checkLoop(loopDelay)),
    check('gateway', 'Router', () => checkGateway(context)),
    ...networkChecks({
      defaultRoutes: async () => (await link.read()).defaultRoutes,
      resolvers: async () => (await link.read()).resolvers,
      askResolver: (address) => machine.askResolver(address),
    }),
    check('dashboard', 'Dashboard', () => checkDashboard(context)),
    ...machineChecks(machine, about.dataFolder, addonFolder),
  ];
}

function checkIcmp({ engine }: FeatureContext): Answer {
  switch (engine.statistics().icmp) {
    case 'raw':
      return ok('raw ICMP');
    case 'socket':
      return advice('unprivileged ICMP sockets', rawAdvice);
    case 'none':
      return wrong('the service may not ping; only TCP and DNS are measured', socketAdvice);
  }
}

function checkClock({ timeline }: FeatureContext): Answer {
  if (timeline.anchor.isKnown)
    return ok(`${toIso(timeline.nowMs()).slice(0, 19).replace('T', ' ')} UTC, trusted`);
  return wrong(
    'the time is not known; measurements wait for it to be stamped',
    'Let the box reach a time server (`timedatectl set-ntp true`), or set it: `timedatectl set-time`.',
  );
}

function checkConfiguration({ config }: FeatureContext): Answer {
  const problems = config.editor?.problems() ?? [];
  const [first] = problems;
  if (first === undefined) return ok('as written in the file');
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return wrong(
    `${first.message}${more}`,
    'Correct the file; until then the last good configuration is in force.',
  );
}

async function checkStore(storeWatch: StoreWatch): Promise<Answer> {
  const health = await storeWatch.read();
  if (health.state !== 'ok') {
    const lost = health.droppedPackets > 0 ? `; ${health.droppedPackets} minutes were lost` : '';
    return wrong(
      `${health.message ?? `the store is ${health.state}`}${lost}`,
      'Free the disk; writing resumes by itself.',
    );
  }
  if (health.recovered.length > 0) {
    return advice(
      health.recovered.join('; '),
      'Nothing to do now. If it returns, check power supply and SD card.',
    );
  }
  return ok(health.wasUnclean ? 'sound; the last stop was a power cut or a crash' : 'sound');
}

function checkEngine({ engine }: FeatureContext): Answer {
  const { overruns, sent, targets, skipped } = engine.statistics();
  if (targets === 0) return advice('nothing is probed', 'See `ist targets` and the "targets" of ist.yaml.');
  if (overruns > 0) {
    return advice(
      `${overruns} results did not fit the ring`,
      'The box was overloaded; probe fewer targets or less often.',
    );
  }
  const share = sent === 0 ? 0 : skipped / (sent + skipped);
  if (share > 0.01)
    return advice(`${(share * 100).toFixed(1)} % of the slots were skipped`, 'The box or its link was busy.');
  return ok(`${targets} targets, ${sent} probes sent, none lost inside the box`);
}

function checkLoop(loopDelay: LoopDelay): Answer {
  const p99 = loopDelay.p99Ms();
  const found = `99 % of the time less than ${Math.max(1, Math.round(p99))} ms late`;
  return p99 < slowLoopMs ? ok(found) : advice(found, 'The box is overloaded; see `ist logs` and `top`.');
}

async function checkGateway({ link, engine }: FeatureContext): Promise<Answer> {
  const { defaultRoutes } = await link.read();
  const route = defaultRoutes.find(({ gateway }) => gateway !== null);
  if (route?.gateway == null) return ok('the line has no router of its own (point to point)');
  const { gateway: address, family, interfaceName } = route;
  const kind =
    engine.statistics().icmp === 'none' ? { kind: 'tcp' as const, port: 53 } : { kind: 'icmp' as const };
  const { outcome, rttUs } = await engine.probeOnce({
    ...kind,
    family,
    address,
    interfaceName,
    timeoutMs: answerMs,
  });
  if (outcome === 'ok' || outcome === 'refused')
    return ok(`${address} answers in ${(rttUs / 1000).toFixed(2)} ms`);
  return advice(
    `${address} does not answer (${outcome})`,
    'Is the router on? Some never answer pings; then set lines[0].gateway in ist.yaml to null.',
  );
}

/** Asks our own door as a browser would. */
async function checkDashboard({ config }: FeatureContext): Promise<Answer> {
  const { host, port } = config.current.http;
  const isAny = host === '::' || host === '0.0.0.0';
  const url = `http://${isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}/health`;
  const status = await new Promise<number | string>((fulfil) => {
    const request = get(url, { agent: false, timeout: answerMs }, (answer) => {
      answer.resume();
      fulfil(answer.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => fulfil(error.message));
  });
  if (status === 200) return ok(`answers on port ${port}`);
  return wrong(
    `${url} answers ${status}`,
    'Another program may own the port: `ss -ltnp`; change http.port in ist.yaml.',
  );
}
