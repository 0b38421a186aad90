import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { CommandEntity, EntityFacts } from '../core/entities.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type Order, readOrder } from './command-message.ts';

/** A burst of so many, then one in three seconds: automations press, people press twice, loops press for ever. */
const burst = 10;
const refillMs = 3000;
/** A flood is answered now and then, so that an answer can start no flood of its own. */
const floodAnswerMs = 10_000;
/** Under way at once. */
const maxRunning = 4;

export type CommandOutcome = 'accepted' | 'done' | 'failed' | 'refused';

/** What came of a command, as it is published. */
export interface CommandAnswer {
  id: string;
  command: string;
  outcome: CommandOutcome;
  at: string;
  code?: string;
  reason?: string;
  facts?: EntityFacts;
}

interface Refusal {
  id: string | null;
  code: string;
  reason: string;
}

export interface CommandDeskOptions {
  clock: Clock;
  log: Log;
  at(): string;
  isOn(): boolean;
  answer(answer: CommandAnswer): void;
}

/** Takes commands from the broker: only while the owner lets it, one of a kind at a time, and each with an answer. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #commands: ReadonlyMap<string, CommandEntity>;
  readonly #running = new Set<string>();
  readonly #stopping = new AbortController();
  #tokens = burst;
  #filledMonoMs: number;
  #floodMonoMs = Number.NEGATIVE_INFINITY;
  accepted = 0;
  refused = 0;

  constructor(commands: readonly CommandEntity[], options: CommandDeskOptions) {
    this.#options = options;
    this.#commands = new Map(commands.map((command) => [command.key, command]));
    this.#filledMonoMs = options.clock.monoMs();
  }

  /** Of the topic's last level. Retained ones are remains of another time, and whoever left them is not here. */
  take(key: string, payload: Uint8Array, isRetained: boolean): void {
    if (isRetained) {
      this.#options.log.info({ command: key }, 'a retained command is left alone');
      return;
    }
    if (!this.#hasToken()) {
      this.#refuseFlood(key);
      return;
    }
    const judged = this.#judge(key, payload);
    if ('code' in judged) this.#refuse(key, judged.id, judged.code, judged.reason);
    else void this.#run(judged.command, judged.order);
  }

  #judge(key: string, payload: Uint8Array): { command: CommandEntity; order: Order } | Refusal {
    const command = this.#commands.get(key);
    if (!command) return { id: null, code: 'COMMAND_UNKNOWN', reason: 'There is no such command.' };
    const order = readOrder(command, payload);
    const { id } = order;
    if ('refusal' in order) return { id, code: 'COMMAND_INVALID', reason: order.refusal };
    if (!this.#options.isOn())
      return {
        id,
        code: 'COMMANDS_OFF',
        reason: 'Commands are switched off; mqtt.commands switches them on.',
      };
    if (this.#running.has(key)) return { id, code: 'COMMAND_BUSY', reason: 'The same is under way already.' };
    if (this.#running.size >= maxRunning)
      return { id, code: 'COMMAND_BUSY', reason: `${maxRunning} commands are under way.` };
    return { command, order };
  }

  stop(): void {
    this.#stopping.abort(new AppError('STOPPING', 'The appliance is stopping'));
  }

  async #run(command: CommandEntity, { id: givenId, value, parameters }: Order): Promise<void> {
    const { log } = this.#options;
    const id = givenId ?? randomUUID();
    const { key } = command;
    this.#running.add(key);
    this.accepted += 1;
    log.info({ command: key, id }, 'a command came over the broker');
    this.#answer({ id, command: key, outcome: 'accepted' });
    try {
      const facts = await command.run({ value, parameters }, this.#stopping.signal);
      this.#answer({ id, command: key, outcome: 'done', facts });
    } catch (error) {
      const isOurs = error instanceof AppError;
      if (!isOurs) log.error({ command: key, err: error }, 'a command failed');
      const reason = isOurs ? messageOf(error) : 'It failed inside; the log says more.';
      this.#answer({ id, command: key, outcome: 'failed', code: isOurs ? error.code : 'INTERNAL', reason });
    } finally {
      this.#running.delete(key);
    }
  }

  #refuse(key: string, id: string | null, code: string, reason: string): void {
    this.refused += 1;
    const command = /^[a-z0-9_]{1,64}$/.test(key) ? key : 'unknown';
    this.#options.log.info({ command, code }, 'a command is refused');
    this.#answer({ id: id ?? randomUUID(), command, outcome: 'refused', code, reason });
  }

  #refuseFlood(key: string): void {
    const nowMs = this.#options.clock.monoMs();
    if (nowMs - this.#floodMonoMs < floodAnswerMs) {
      this.refused += 1;
      return;
    }
    this.#floodMonoMs = nowMs;
    this.#refuse(
      key,
      null,
      'COMMANDS_TOO_MANY',
      `More than ${burst} commands at once; wait ${refillMs / 1000} s for each.`,
    );
  }

  #hasToken(): boolean {
    const nowMs = this.#options.clock.monoMs();
    const more = Math.floor((nowMs - this.#filledMonoMs) / refillMs);
    this.#tokens = Math.min(burst, this.#tokens + more);
    this.#filledMonoMs += more * refillMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #answer(answer: Omit<CommandAnswer, 'at'>): void {
    this.#options.answer({ ...answer, at: this.#options.at() });
  }
}
