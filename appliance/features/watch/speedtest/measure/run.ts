import { messageOf } from '../../../../core/errors.ts';
import type {
  EngineChoice,
  FoundServer,
  RunSpeedTest,
  SpeedEngine,
  SpeedPlan,
  SpeedPorts,
} from '../engine.ts';
import { engines } from '../engines/index.ts';
import type { EngineName, SpeedDetails, SpeedProgress, SpeedTestResult } from '../schema.ts';
import { EngineFailure, failureOfError, isFinal } from './failure.ts';
import { interfaceOf } from './interface-of.ts';
import { ProgressTeller } from './progress.ts';
import { busyResult, type Ending, failedResult, measuredResult, wholeResult } from './result.ts';
import { testServer } from './server-test.ts';

const maxChoices = 8;

/** Goes down the list of servers until one has measured the line, or the line itself says no. */
export const runSpeedTest: RunSpeedTest = async (ports, plan, signal, onProgress) => {
  const run = new Run(ports, plan, signal, onProgress);
  try {
    return await run.go();
  } finally {
    run.close();
  }
};

class Run {
  readonly #ports: SpeedPorts;
  readonly #plan: SpeedPlan;
  readonly #progress: ProgressTeller;
  readonly #ending = new AbortController();
  readonly #outer: AbortSignal;
  readonly #startMonoMs: number;
  readonly #passedOver: SpeedDetails['passedOver'] = [];
  #engine: EngineName;
  #bytes = 0;

  constructor(
    ports: SpeedPorts,
    plan: SpeedPlan,
    signal: AbortSignal,
    tell: (progress: SpeedProgress) => void,
  ) {
    this.#ports = ports;
    this.#plan = plan;
    this.#outer = signal;
    this.#startMonoMs = ports.clock.monoMs();
    this.#progress = new ProgressTeller(ports, plan, tell);
    this.#engine = plan.choices[0]?.engine ?? 'peer';
    signal.addEventListener('abort', this.#cancel, { once: true });
    if (signal.aborted) this.#cancel();
  }

  close(): void {
    this.#outer.removeEventListener('abort', this.#cancel);
  }

  async go(): Promise<SpeedTestResult> {
    let failure = new EngineFailure('no-server', 'no server is configured and none is switched on', 'server');
    for (const choice of this.#plan.choices.slice(0, maxChoices)) {
      this.#engine = choice.engine;
      const ended = await this.#tryChoice(choice);
      if (!(ended instanceof EngineFailure)) return ended;
      failure = ended;
      if (isFinal(failure.reason)) break;
    }
    return failedResult(this.#state(), failure, null);
  }

  readonly #cancel = () =>
    this.#ending.abort(new EngineFailure('cancelled', 'the test was stopped', this.#progress.phase));

  #giveWay(mbps: number): void {
    const words = `somebody began to use the line (${mbps.toFixed(1)} Mbit/s that are not ours)`;
    this.#ending.abort(new EngineFailure('line-wanted', words, this.#progress.phase));
  }

  #state(): Ending {
    return {
      ports: this.#ports,
      plan: this.#plan,
      engine: this.#engine,
      startMonoMs: this.#startMonoMs,
      bytes: this.#bytes,
      passedOver: this.#passedOver,
    };
  }

  /** A result, or why the next choice has to be tried. */
  async #tryChoice(choice: EngineChoice): Promise<SpeedTestResult | EngineFailure> {
    const engine = engines[choice.engine];
    this.#progress.engine = choice.engine;
    this.#progress.server = choice.name ?? null;
    this.#progress.enter('server', 2000);
    try {
      this.#insistOnConsent(engine, choice);
      if (engine.measure) {
        const whole = await engine.measure(this.#ports, choice, this.#plan, this.#ending.signal);
        this.#count(engine, whole.upBytes, whole.downBytes);
        return wholeResult(this.#state(), whole);
      }
      return await this.#tryServers(engine, choice);
    } catch (error) {
      return this.#fail(error, choice.engine, choice.name ?? choice.server);
    }
  }

  async #tryServers(engine: SpeedEngine, choice: EngineChoice): Promise<SpeedTestResult | EngineFailure> {
    let failure = new EngineFailure('no-server', 'the engine found no server', 'server');
    const { signal } = this.#ending;
    for (const server of await engine.find(this.#ports, choice, this.#plan, signal)) {
      signal.throwIfAborted();
      try {
        return await this.#tryServer(engine, server, choice.server === null);
      } catch (error) {
        failure = this.#fail(error, choice.engine, server.name);
        if (isFinal(failure.reason)) return failure;
      }
    }
    return failure;
  }

  async #tryServer(engine: SpeedEngine, server: FoundServer, isFound: boolean): Promise<SpeedTestResult> {
    const plan = this.#plan;
    this.#progress.server = server.name;
    const facts = await this.#ports.link.read();
    const interfaceName = plan.interfaceName ?? interfaceOf(facts, server.address, server.family);
    const run = {
      ports: this.#ports,
      plan,
      server,
      interfaceName,
      progress: this.#progress,
      signal: this.#ending.signal,
      giveWay: (mbps: number) => this.#giveWay(mbps),
    };
    this.#progress.bytes = 0;
    const test = await testServer(run).catch((error: unknown) => {
      this.#bytes += this.#progress.bytes;
      throw error;
    });
    this.#bytes += test.wireBytes;
    if (isFound) this.#count(engine, test.up?.bytes ?? 0, test.down?.bytes ?? 0);
    if (test.isBusy && !plan.isForced) return busyResult(this.#state(), test);
    const nicMbps = interfaceName === null ? null : await this.#ports.net.linkMbps(interfaceName);
    return measuredResult(this.#state(), test, nicMbps);
  }

  #insistOnConsent({ service, takesServer }: SpeedEngine, { server }: EngineChoice): void {
    const isOwn = takesServer && server !== null;
    if (service === null || isOwn || this.#ports.calls.to(service).isOn) return;
    throw new EngineFailure('no-consent', `not switched on: consent.${service}`, 'server');
  }

  #count({ service }: SpeedEngine, sentBytes: number, receivedBytes: number): void {
    if (service !== null) this.#ports.calls.add(service, sentBytes, receivedBytes);
  }

  #fail(error: unknown, engine: EngineName, server: string | null): EngineFailure {
    const failure = failureOfError(error, this.#progress.phase);
    this.#ports.log.info(
      { engine, server, reason: failure.reason, message: messageOf(failure) },
      'a speed test failed',
    );
    this.#passedOver.push({ engine, server, failure: failure.toJson() });
    return failure;
  }
}
