/** Speed tests on lines of known rate, with iperf3 and the official ndt7 client on the same lines in the same run. */
import { goodputMbps } from '../../lab/shaped-line.ts';
import { type Bench, type BenchCase, count, type Finding, mb, median, ms } from '../case.ts';
import { SpeedLine } from '../speed-line.ts';

const percent = (value: number) => count(value * 100, '%');
const errorOf = (value: number | null, truth: number) => (value === null ? Number.NaN : value / truth - 1);
const worst = (values: readonly number[]) => Math.max(...values.map(Math.abs));

async function times<Result>(bench: Bench, run: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let round = 0; round < bench.rounds; round += 1) results.push(await run());
  return results;
}

const accuracyOn = async (
  bench: Bench,
  speed: SpeedLine,
  mbps: number,
  bufferMs: number,
): Promise<Finding> => {
  await speed.line.shape({ downMbps: mbps, upMbps: mbps, bufferMs });
  const truth = goodputMbps(mbps);
  const errors = (await times(bench, () => speed.test())).map(({ result }) => [
    errorOf(result.downloadMbps, truth),
    errorOf(result.uploadMbps, truth),
  ]);
  const [down, up] = [
    errors.map(([each]) => each ?? Number.NaN),
    errors.map(([, each]) => each ?? Number.NaN),
  ];
  const peer = errorOf((await speed.iperf3('down', 10)).mbps, truth);
  const [typical, most] = mbps > 100 ? [0.02, 0.04] : [0.01, 0.02];
  const middle = worst([median(down), median(up)]);
  return {
    what: `${mbps} Mbit/s behind ${bufferMs} ms, error`,
    ours: percent(middle),
    peer: { name: 'iperf3 10 s', ...percent(Math.abs(peer)) },
    target: `median ≤ ${typical * 100} %, each ≤ ${most * 100} %`,
    isMet: middle <= typical && worst([...down, ...up]) <= most,
    note: `down ${down.map((each) => (each * 100).toFixed(2)).join(' ')}, up ${up.map((each) => (each * 100).toFixed(2)).join(' ')} %`,
  };
};

export const speedAccuracy: BenchCase = {
  id: 'S1',
  title: 'rates of both ways on lines of known rate',
  async run(bench) {
    await using speed = await SpeedLine.up();
    const findings: Finding[] = [];
    for (const mbps of bench.isFull ? [5, 20, 100, 300, 500] : [5, 20, 100])
      for (const bufferMs of bench.isFull ? [40, 300] : [100])
        findings.push(await accuracyOn(bench, speed, mbps, bufferMs));
    return findings;
  },
};

export const speedFar: BenchCase = {
  id: 'S2',
  title: 'rates over a distance, and the data that they cost',
  async run(bench) {
    await using speed = await SpeedLine.up({ isFar: true });
    const findings: Finding[] = [];
    for (const [rttMs, mostShare] of [
      [20, 0.2],
      [80, 0.3],
    ] as const) {
      await speed.line.setFar({ rttMs });
      await speed.line.shape({ downMbps: 100, upMbps: 100, bufferMs: 100 });
      const truth = goodputMbps(100);
      const tests = (await times(bench, () => speed.test())).map(({ result }) => result);
      const errors = tests.flatMap((one) => [
        errorOf(one.downloadMbps, truth),
        errorOf(one.uploadMbps, truth),
      ]);
      const whole = await speed.iperf3('down', 10);
      findings.push({
        what: `${rttMs} ms, largest error`,
        ours: percent(worst(errors)),
        peer: { name: 'mean of 10 s', ...percent(Math.abs(errorOf(whole.mbps, truth))) },
        target: '≤ 2 %',
        isMet: worst(errors) <= 0.02,
      });
      const share = median(tests.map(({ bytes }) => bytes)) / ((2 * 10 * truth * 1e6) / 8);
      findings.push({
        what: `${rttMs} ms, data of ten seconds each way`,
        ours: percent(share),
        peer: null,
        target: `≤ ${mostShare * 100} %`,
        isMet: share <= mostShare,
      });
    }
    return findings;
  },
};

export const speedData: BenchCase = {
  id: 'S3',
  title: 'data of a quick test at 100/100 Mbit/s, and how it treats the box',
  async run(bench) {
    await using speed = await SpeedLine.up();
    await speed.line.shape({ downMbps: 100, upMbps: 100, bufferMs: 100 });
    const reports = await times(bench, () => speed.test());
    const bytes = median(reports.map(({ result }) => result.bytes)) / 1e6;
    const loop = median(reports.map(({ loopP99Ms }) => loopP99Ms));
    const skipped = reports.reduce((sum, { engine }) => sum + engine.skipped, 0);
    const many = await speed.test({ times: bench.isFull ? 50 : 5, plan: { kind: 'estimate' } });
    const growth = ((many.memory.after.at(-1) ?? 0) - (many.memory.after[0] ?? 0)) / 1e6;
    const ndt7 = 2 * 10 * goodputMbps(100) * (1e6 / 8 / 1e6);
    return [
      {
        what: 'data',
        ours: mb(bytes),
        peer: { name: 'ndt7, 10 s each way', ...mb(ndt7) },
        target: '≤ 65 MB',
        isMet: bytes <= 65,
      },
      { what: 'main loop, p99 delay', ours: ms(loop), peer: null, target: '< 10 ms', isMet: loop < 10 },
      { what: 'probes left out', ours: count(skipped), peer: null, target: '0', isMet: skipped === 0 },
      {
        what: `memory after ${many.memory.after.length} tests, growth`,
        ours: mb(growth),
        peer: null,
        target: '≤ 1 MB',
        isMet: growth <= 1,
      },
      {
        what: 'memory during a test, growth',
        ours: mb(median(reports.map(({ memory }) => memory.peak - memory.before)) / 1e6),
        peer: null,
        target: '≤ 20 MB',
        isMet: median(reports.map(({ memory }) => memory.peak - memory.before)) <= 20e6,
        note: 'of a process that has just started; code that is compiled for the first time is in it',
      },
    ];
  },
};

export const speedQueue: BenchCase = {
  id: 'S5',
  title: 'the queue upwards and its grade, 20 Mbit/s',
  async run() {
    await using speed = await SpeedLine.up();
    const findings: Finding[] = [];
    for (const [bufferMs, grade] of [
      [25, 'A'],
      [50, 'B'],
      [150, 'C'],
      [300, 'D'],
      [500, 'F'],
    ] as const) {
      await speed.line.shape({ downMbps: 20, upMbps: 20, bufferMs });
      const { result } = await speed.test();
      const { icmp, grade: found } = result.details.up ?? {};
      const errors = [errorOf(icmp?.maxMs ?? null, bufferMs), errorOf(icmp?.p95Ms ?? null, bufferMs)];
      findings.push({
        what: `${bufferMs} ms, error of max and p95`,
        ours: percent(worst(errors)),
        peer: null,
        target: `≤ 10 %, grade ${grade}`,
        isMet: worst(errors) <= 0.1 && found === grade,
        note:
          result.details.failure?.message ??
          `max ${icmp?.maxMs?.toFixed(1)}, p95 ${icmp?.p95Ms?.toFixed(1)} ms, grade ${found}, ${result.details.up?.seconds.toFixed(1)} s of load`,
      });
    }
    return findings;
  },
};

export const speedCost: BenchCase = {
  id: 'S7',
  title: 'what the generator costs at 100 Mbit/s in single packets',
  async run(bench) {
    await using speed = await SpeedLine.up();
    await speed.line.shape({ downMbps: 100, upMbps: 100, bufferMs: 50 });
    const coreOf = async (direction: 'down' | 'up') => {
      // The start of the process is in both and cancels out.
      const [short, long] = [await speed.load(direction, 1, 1000), await speed.load(direction, 1, 6000)];
      return (long.cpuMs - short.cpuMs) / (long.elapsedMs - short.elapsedMs);
    };
    const [down, up] = [
      median(await times(bench, () => coreOf('down'))),
      median(await times(bench, () => coreOf('up'))),
    ];
    return [
      { what: 'download', ours: count(down, 'core'), peer: null, target: '≤ 0.06', isMet: down <= 0.06 },
      { what: 'upload', ours: count(up, 'core'), peer: null, target: '≤ 0.06', isMet: up <= 0.06 },
    ];
  },
};

export const speedOfficial: BenchCase = {
  id: 'S10',
  title: 'the official ndt7 client against our endpoint',
  async run(bench) {
    await using speed = await SpeedLine.up();
    await speed.line.shape({ downMbps: 100, upMbps: 20, bufferMs: 100 });
    const said = await times(bench, () => speed.ndt7());
    const down = median(said.map(({ downMbps }) => Math.abs(errorOf(downMbps, goodputMbps(100)))));
    const up = median(said.map(({ upServerMbps }) => Math.abs(errorOf(upServerMbps, goodputMbps(20)))));
    return [
      { what: 'download, error', ours: percent(down), peer: null, target: '≤ 1 %', isMet: down <= 0.01 },
      {
        what: 'upload by the server, error',
        ours: percent(up),
        peer: null,
        target: '≤ 2 %',
        isMet: up <= 0.02,
      },
    ];
  },
};

export const speedLoss: BenchCase = {
  id: 'S12',
  title: 'a line that loses packets while its queue is empty',
  async run() {
    await using speed = await SpeedLine.up({ isFar: true });
    await speed.line.setFar({ rttMs: 50, lossPercent: 0.05 });
    await speed.line.shape({ downMbps: 100, upMbps: 100, bufferMs: 100 });
    const { result } = await speed.test({ plan: { kind: 'full', isForced: true } });
    const { down, up } = result.details;
    const hasBoth = [down, up].some((each) => each?.capacityMbps != null && each.sustainedMbps != null);
    return [
      {
        what: 'flagged, with capacity and sustained rate',
        ours: count(up?.sustainedMbps ?? Number.NaN, 'Mbit/s sustained'),
        peer: null,
        target: 'lossy, both shown',
        isMet: result.flags.includes('lossy') && hasBoth,
        note: `flags ${result.flags.join(', ')}; capacity ${up?.capacityMbps?.toFixed(1)} Mbit/s upwards`,
      },
    ];
  },
};
