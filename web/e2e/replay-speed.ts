/** The routes of speed tests in the replay: history, plan, advice, and a test that runs on the live stream. */
import type {
  ShaperAdvice,
  SpeedComparison,
  SpeedOffer,
  SpeedPlanReport,
  SpeedProgress,
  SpeedTest,
} from '../../appliance/features/watch/speedtest/schema.ts';
import type { Reply } from './replay-door.ts';
import { refuse } from './replay-door.ts';
import type { ReplayModel } from './replay-model.ts';
import { detailedOf, speedTestsOf } from './replay-speed-tests.ts';

const ok = (body: unknown): Reply => ({ status: 200, body });
const page = 500;
const megabyte = 1e6;
/** How a test of the replay goes; a test of the page makes it as slow as it needs. */
const steps: readonly [phase: SpeedProgress['phase'], part: number][] = [
  ['preflight', 0.1],
  ['server', 0.05],
  ['idle', 0.15],
  ['download', 0.3],
  ['drain', 0.05],
  ['upload', 0.3],
  ['recovery', 0.05],
];

export class ReplaySpeed {
  readonly #model: ReplayModel;
  readonly #send: (event: string, data: unknown) => void;
  readonly #tests: SpeedTest[];
  #running: SpeedProgress | null = null;
  #isCancelled = false;
  /** How long the next test takes, and how it ends. */
  takesMs = 1500;
  failsWith: SpeedTest['outcome'] | null = null;

  constructor(model: ReplayModel, send: (event: string, data: unknown) => void) {
    this.#model = model;
    this.#send = send;
    this.#tests = speedTestsOf(model.scenario, Date.now());
  }

  isFor(path: string): boolean {
    return /^\/api\/(speedtest|test-now)/.test(path);
  }

  answer(
    method: string,
    path: string,
    sent: Record<string, unknown>,
    query: URLSearchParams,
    now: number,
  ): Reply | null | Promise<Reply | null> {
    switch (`${method} ${path}`) {
      case 'GET /api/speedtests':
        return ok(this.#list(query, now));
      case 'GET /api/speedtest/plan':
        return ok(this.#plan(now));
      case 'GET /api/speedtest/advice':
        return ok(this.#advice(query.get('line') ?? 'main'));
      case 'GET /api/speedtests/compare':
        return this.#compare(query);
      case 'POST /api/test-now':
        return this.#run(String(sent.line ?? 'main'));
      case 'DELETE /api/test-now':
        this.#isCancelled = true;
        return ok({ isStopped: this.#running !== null });
      default:
        return method === 'GET' ? this.#one(path.split('/')[3] ?? '') : null;
    }
  }

  #list(query: URLSearchParams, now: number): unknown {
    const from = Date.parse(query.get('from') ?? '') || 0;
    const to = Date.parse(query.get('to') ?? '') || now;
    const before = query.get('before');
    const limit = Math.min(page, Number(query.get('limit') ?? page));
    const inRange = this.#tests.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
    const start = before === null ? 0 : inRange.findIndex((test) => test.id === before) + 1;
    const wanted = inRange.filter((test) => (query.get('outcome') ?? test.outcome) === test.outcome);
    const tests = wanted.slice(start, start + limit);
    const speedtests = query.get('details') === 'true' ? tests.map(detailedOf) : tests;
    return { speedtests, next: start + limit < wanted.length ? (speedtests.at(-1)?.id ?? null) : null };
  }

  #one(id: string): Reply {
    const test = this.#tests.find((one) => one.id === id);
    return test ? ok(detailedOf(test)) : refuse(404, 'NOT_FOUND', 'There is no such speed test.');
  }

  #plan(now: number): SpeedPlanReport {
    const isEmpty = this.#model.scenario === 'empty';
    return {
      lines: (this.#model.scenario === 'lines' ? ['main', 'lte'] : ['main']).map((line) => ({
        line,
        isMetered: line === 'lte',
        next: isEmpty
          ? null
          : {
              at: new Date(now + 3.2 * 3_600_000).toISOString(),
              reason: 'schedule' as const,
              kind: 'quick' as const,
              heldBy: null,
              text: 'About four a day at random moments.',
            },
        why: isEmpty ? 'No engine is ready' : null,
        budget: {
          month: new Date(now).toISOString().slice(0, 7),
          budgetBytes: 50_000 * megabyte,
          spentBytes: isEmpty ? 0 : 3_100 * megabyte,
          tests: isEmpty ? 0 : 76,
          isExhausted: false,
          text: 'Everything on the wire, both ways',
        },
        offers: offers(!isEmpty),
      })),
      running: this.#running,
      schedule: 'adaptive',
      quietHours: null,
    };
  }

  #advice(line: string): ShaperAdvice {
    const good = this.#tests.filter((test) => test.outcome === 'ok' && test.line === line);
    const isFew = good.length < 5;
    const spread = { median: 18.7, p25: 18.4, p75: 19, tests: Math.max(1, good.length) };
    return {
      line,
      state: isFew ? 'too-few-tests' : 'shape',
      targetMs: 30,
      down: null,
      up: isFew
        ? null
        : {
            rateKbps: 17_400,
            share: 0.92,
            basis: 'derived',
            addedMs: 204,
            capacityMbps: spread,
            isNeeded: true,
          },
      tests: good.slice(0, 20).map((test) => test.id),
      text: isFew
        ? 'Too few tests to say what would help.'
        : 'A full upload adds 204 ms to everything else: calls and games suffer. A queue manager (SQM) on the router keeps it below 30 ms.',
      settings: isFew
        ? []
        : [
            {
              system: 'openwrt',
              title: 'OpenWrt',
              steps: ['Install luci-app-sqm.', 'Run these commands.'],
              commands: ["uci set sqm.@queue[0].upload='17400'", 'uci commit sqm', '/etc/init.d/sqm restart'],
            },
            {
              system: 'opnsense',
              title: 'OPNsense',
              steps: ['Firewall, Shaper, Pipes: add one of 17400 kbit/s with FQ-CoDel.'],
              commands: [],
            },
          ],
      method: 'shaper',
    };
  }

  #compare(query: URLSearchParams): Reply {
    const [before, after] = [query.get('before'), query.get('after')].map((id) =>
      this.#tests.find((test) => test.id === id),
    );
    if (!before || !after) return refuse(404, 'NOT_FOUND', 'There is no such speed test.');
    const comparison: SpeedComparison = {
      before,
      after,
      isComparable: before.engine === after.engine && before.line === after.line,
      figures: [
        {
          name: 'downloadMbps',
          before: before.downloadMbps,
          after: after.downloadMbps,
          spread: 6,
          verdict: 'same',
        },
        {
          name: 'addedUpMs',
          before: (before.loadedUpMs ?? 0) - (before.idleMs ?? 0),
          after: (after.loadedUpMs ?? 0) - (after.idleMs ?? 0),
          spread: 40,
          verdict: 'better',
        },
      ],
      text: 'The delay under upload is smaller by more than tests of this line differ.',
    };
    return ok(comparison);
  }

  async #run(line: string): Promise<Reply> {
    if (this.#running) return refuse(409, 'SPEEDTEST_BUSY', 'A speed test is running already');
    this.#isCancelled = false;
    let fraction = 0;
    let bytes = 0;
    for (const [phase, part] of steps) {
      const ticks = Math.max(1, Math.round((this.takesMs * part) / 100));
      for (let tick = 0; tick < ticks && !this.#isCancelled; tick += 1) {
        fraction = Math.min(1, fraction + part / ticks);
        const grown = 1 - Math.exp((-4 * (tick + 1)) / ticks);
        const [down, up] = [
          phase === 'download' ? 94.1 * grown : null,
          phase === 'upload' ? 18.8 * grown : null,
        ];
        bytes += Math.round((((down ?? 0) + (up ?? 0)) * 1e6 * 0.1) / 8);
        const rttMs =
          12.2 + (phase === 'download' ? 38 * grown : phase === 'upload' ? 190 * grown : 0.3 * (tick % 3));
        this.#running = {
          at: new Date().toISOString(),
          line,
          engine: 'peer',
          server: 'attic.example',
          phase,
          fraction,
          bytes,
          downMbps: down,
          upMbps: up,
          rttMs: phase === 'preflight' || phase === 'server' ? null : rttMs,
        };
        this.#send('speedtest.progress', this.#running);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    this.#running = null;
    const test = this.#finished(line, bytes);
    this.#tests.unshift(test);
    this.#send('speedtest.finished', test);
    if (test.outcome === 'ok') return ok(test);
    return refuse(502, 'SPEEDTEST_FAILED', 'The speed test was not completed.', {
      reason: test.outcome,
      test: detailedOf(test),
    });
  }

  #finished(line: string, bytes: number): SpeedTest {
    const outcome = this.#isCancelled ? 'aborted' : (this.failsWith ?? 'ok');
    const isGood = outcome === 'ok';
    return {
      id: `n${this.#tests.length + 1}`,
      at: new Date().toISOString(),
      line,
      family: 'ipv4',
      engine: 'peer',
      server: 'attic.example',
      outcome,
      downloadMbps: isGood ? 94.1 : null,
      uploadMbps: isGood ? 18.8 : null,
      idleMs: isGood ? 12.2 : null,
      loadedDownMs: isGood ? 50.2 : null,
      loadedUpMs: isGood ? 202 : null,
      grade: isGood ? 'C' : null,
      rpm: isGood ? 297 : null,
      bytes,
      flags: [],
    };
  }
}

function offers(isReady: boolean): SpeedOffer[] {
  const price = (engine: SpeedOffer['engine'], quick: number) =>
    (
      [
        ['quick', quick],
        ['full', quick * 4],
      ] as const
    ).map(([kind, size]) => ({
      engine,
      kind,
      bytes: size * megabyte,
      reserveBytes: size * 1.2 * megabyte,
      basis: isReady ? ('history' as const) : ('formula' as const),
      tests: isReady ? 12 : 0,
      text: 'Rate times time, both ways, with headers',
    }));
  const offer = (engine: SpeedOffer['engine'], ready: boolean, why: string, quick: number): SpeedOffer => ({
    engine,
    isReady: ready,
    why: ready ? null : why,
    consent: ['peer', 'http'].includes(engine) ? null : engine,
    prices: price(engine, quick),
    monthlyBytes: quick * 130 * megabyte,
    monthlyText: 'Four tests a day and one full test a week',
  });
  return [
    offer('peer', isReady, 'No server of yours is configured in speedtest.servers.', 41),
    offer('mlab', isReady, 'Not switched on in consent.mlab.', 58),
    offer('librespeed', false, 'Not switched on in consent.librespeed.', 58),
    offer('http', false, 'No server of yours is configured in speedtest.servers.', 46),
    offer('cloudflare', false, 'Not switched on in consent.cloudflare.', 96),
    offer('ookla', false, 'Install the program and name its path in speedtest.ooklaProgram.', 240),
  ];
}
