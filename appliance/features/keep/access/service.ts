import { messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type {} from '../../judge/state/schema.ts'; // the port "state"
import { Accounts } from './accounts.ts';
import { ClaimCode } from './claim-code.ts';
import { FailureLog } from './failure-log.ts';
import { Guesses } from './guesses.ts';
import { HashQueue } from './hash-queue.ts';
import { Keys } from './keys.ts';
import type { AccessPort } from './schema.ts';
import { Sessions } from './sessions.ts';
import { Throttle, throttleLimits } from './throttle.ts';

const tidyEveryMs = 3_600_000;

/** What is known of people, sessions and keys, and its life with the service. The deeds are in the files beside. */
export class AccessService implements AccessPort {
  readonly context: FeatureContext;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly keys: Keys;
  readonly claimCode: ClaimCode;
  readonly hashes = new HashQueue();
  readonly failures: FailureLog;
  readonly guesses: Guesses;
  readonly signInThrottle: Throttle;
  /** Five tries, then a quarter of an hour. */
  readonly claimThrottle: Throttle;
  readonly #loaded = Promise.withResolvers<void>();
  #turn: Promise<unknown> = Promise.resolve();
  #undo: (() => void)[] = [];
  #isLoaded = false;

  constructor(context: FeatureContext) {
    this.context = context;
    const { clock, timeline, log, store, about } = context;
    const { state } = store;
    this.accounts = new Accounts(state);
    this.sessions = new Sessions({ state, timeline, clock, log });
    this.keys = new Keys(state, timeline);
    this.claimCode = new ClaimCode(`${about.dataFolder}/claim-code.txt`, log);
    this.failures = new FailureLog(clock, log, (event) => this.record(event));
    this.guesses = new Guesses({
      clock,
      hashes: this.hashes,
      failures: this.failures,
      isKnownAddress: (address) => this.sessions.isKnownAddress(address),
    });
    this.signInThrottle = new Throttle(clock);
    this.claimThrottle = new Throttle(clock, { firstWaitMs: throttleLimits.longestWaitMs });
    this.#loaded.promise.catch(() => undefined); // who waits for it is told; nobody may be
  }

  get isClaimed(): boolean {
    return this.accounts.owner !== null;
  }

  /** Reading without signing in: the owner's choice, and the demo's nature. */
  get isReadingOpen(): boolean {
    return this.context.about.isDemo || this.context.config.current.access.openReading;
  }

  /** Requests can come before everything is read from disk. */
  async ready(): Promise<void> {
    if (!this.#isLoaded) await this.#loaded.promise;
  }

  async start(): Promise<void> {
    const { clock, config, timeline } = this.context;
    try {
      await Promise.all([this.accounts.load(), this.sessions.load(), this.keys.load()]);
      await this.#mistrustThePast();
      await this.offerClaim();
    } catch (error) {
      this.#loaded.reject(error);
      throw error;
    }
    this.#isLoaded = true;
    this.#loaded.resolve();
    this.#undo = [
      clock.every(tidyEveryMs, () => this.#tidy()),
      timeline.onChange(({ steppedMs }) => this.sessions.shift(steppedMs)),
      config.onChange(({ access }, previous) => {
        if (access.ownerPasswordHash !== previous.access.ownerPasswordHash) this.#offerAgain();
      }),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#turn;
    if (this.#isLoaded) await this.#writeUse();
  }

  /** Makes the owner that the configuration names, or offers the claim code, while there is none. */
  offerClaim(): Promise<void> {
    return this.inTurn(async () => {
      const { config, timeline, log, about } = this.context;
      const { ownerPasswordHash } = config.current.access;
      // A key may change settings and must not become the owner that way.
      const hasKeys = this.keys.list().length > 0;
      if (this.accounts.owner === null && ownerPasswordHash !== null && hasKeys) {
        log.warn(
          {},
          'access.ownerPasswordHash is not used: there are access keys already, so the claim code is asked for',
        );
      } else if (this.accounts.owner === null && ownerPasswordHash !== null) {
        const facts = { name: 'owner', role: 'owner', passwordHash: ownerPasswordHash.reveal() } as const;
        await this.accounts.add(facts, timeline.nowMs());
        log.info({}, 'the owner is the one whose password hash stands in the configuration');
      }
      if (this.accounts.owner !== null) return this.claimCode.void();
      this.claimCode.offer();
      if (about.isDemo) return;
      log.warn(
        {},
        `this appliance has no owner yet: open the dashboard and enter the claim code ${this.claimCode.shown}`,
      );
    });
  }

  /** Changes to people happen one after the other. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined); // the caller has it; the next one goes on
    return result;
  }

  record(event: { kind: string; text: string }): void {
    this.context.port('state').record(event);
  }

  /** A database that was put back knows sessions that were ended since, and keys that were revoked. */
  async #mistrustThePast(): Promise<void> {
    const { recovered } = await this.context.store.health();
    if (recovered.length === 0) return;
    const ended = await this.sessions.end(() => true);
    this.context.log.warn({ ended, keys: this.keys.list().length }, 'accounts and keys are those of a copy');
    if (!this.isClaimed) return;
    const text =
      'Accounts and access keys are as they were in the copy that was put back; everybody must sign in again.';
    this.record({ kind: 'access.restored', text });
  }

  #offerAgain(): void {
    this.offerClaim().catch((error: unknown) => {
      this.context.log.error({ err: error }, 'the owner named in the configuration could not be made');
    });
  }

  #tidy(): void {
    this.#writeUse().catch((error: unknown) => {
      this.context.log.warn({}, `when sessions and keys were used last is not stored: ${messageOf(error)}`);
    });
  }

  async #writeUse(): Promise<void> {
    await Promise.all([this.sessions.tidy(), this.keys.tidy()]);
  }
}
