import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { Outage } from '../outage/schema.ts';
import { type AdviceInput, advise, type PastOutage, trialOf } from './advise.ts';
import type { Reboot, RebootAdvice, RebootList, RebootTold } from './schema.ts';
import { RebootStore } from './store.ts';

/** While an outage lasts: minutes decide, so seconds need not. */
const lookEveryMs = 15_000;
/** What reboots did a year ago says little of the modem of today. */
const memoryMs = 365 * 86_400_000;
const maxOutages = 2000;
/** Two buttons pressed for one reboot. */
const sameRebootMs = 60_000;
const maxListed = 50;

/** Learns what restarts of router and modem do for this line, and says when one is worth it. */
export class RebootService {
  readonly #context: FeatureContext;
  readonly #store: RebootStore;
  #undo: (() => void)[] = [];
  #cancelLook: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();
  #told = '';
  #advice: RebootAdvice | null = null;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#store = new RebootStore(context.store.state);
  }

  start(): void {
    const { bus, config } = this.#context;
    const look = () => this.#lookSoon();
    this.#undo = [
      bus.on('outage.opened', look),
      bus.on('outage.updated', look),
      bus.on('outage.closed', look),
      bus.on('router.restarted', ({ line, at }) => this.#inTurn(() => this.#see(line, Date.parse(at)))),
      config.onChange(look),
    ];
    look();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#cancelLook();
    await this.#work;
  }

  /** As it stood when it was looked at last; null right after the start. */
  get advice(): RebootAdvice | null {
    return this.#advice;
  }

  async list(): Promise<RebootList> {
    const input = await this.#input();
    const reboots = [...input.reboots].reverse().slice(0, maxListed);
    return {
      advice: advise(input, this.#firstLine),
      reboots: reboots.map((reboot): Reboot => {
        const trial = trialOf(reboot, input);
        const { id, atMs, line, device, source } = reboot;
        return {
          id,
          at: toIso(atMs),
          line,
          device,
          source,
          outage: trial?.outage ?? null,
          helped: trial?.helped ?? null,
          recoveredAfterSeconds:
            trial?.recoveredAfterMs == null ? null : Math.round(trial.recoveredAfterMs / 1000),
        };
      }),
    };
  }

  /** Somebody has started a reboot. */
  async tell({ device, line }: RebootTold): Promise<RebootList> {
    const { config, timeline } = this.#context;
    const known = config.current.lines.map(({ name }) => name);
    if (line !== undefined && !known.includes(line))
      throw new AppError('LINE_UNKNOWN', `There is no line "${line}"; known: ${known.join(', ')}`, {
        status: 404,
      });
    const advice = this.#advice;
    const kept = {
      kind: 'told',
      line: line ?? advice?.line ?? this.#firstLine,
      device: device ?? advice?.device ?? 'modem',
      atMs: timeline.nowMs(),
    } as const;
    await this.#inTurn(() => this.#record(kept));
    return await this.list();
  }

  get #firstLine(): string {
    return this.#context.config.current.lines[0]?.name ?? 'main';
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch((error: unknown) => {
      this.#context.log.warn({ reason: messageOf(error) }, 'the reboot adviser could not do its work');
    });
    return done;
  }

  async #see(line: string, atMs: number): Promise<void> {
    await this.#record({ kind: 'seen', line, device: 'router', atMs });
  }

  async #record(reboot: { kind: 'told' | 'seen'; line: string; device: 'router' | 'modem'; atMs: number }) {
    const { reboots } = await this.#store.all();
    const isKnown = reboots.some(
      ({ line, atMs }) => line === reboot.line && Math.abs(atMs - reboot.atMs) < sameRebootMs,
    );
    if (isKnown) return;
    await this.#store.add({ ...reboot, outage: null });
    const { atMs, line, device, kind } = reboot;
    this.#context.bus.emit('reboot.recorded', { at: toIso(atMs), line, device, source: kind });
    await this.#look();
  }

  #lookSoon(): void {
    void this.#inTurn(() => this.#look()).catch(() => undefined); // logged there
  }

  async #look(): Promise<void> {
    const { bus, clock } = this.#context;
    this.#cancelLook();
    const input = await this.#input();
    let advice = advise(input, this.#firstLine);
    const { outage, line, device } = advice;
    const isNew = advice.isAdvised && !input.advised.some((one) => one.outage === outage);
    if (isNew && outage !== null && line !== null && device !== null) {
      // Kept before it is said: after a power cut it must not be said once more.
      await this.#store.add({ kind: 'advised', atMs: input.nowMs, line, device, outage });
      advice = { ...advice, leftToday: advice.leftToday - 1 };
    }
    this.#advice = advice;
    const { code, leftToday, record } = advice;
    const told = JSON.stringify({ code, outage, device, leftToday, record });
    if (told !== this.#told) bus.emit('reboot.advised', advice);
    this.#told = told;
    if (outage !== null) this.#cancelLook = clock.after(lookEveryMs, () => this.#lookSoon());
  }

  async #input(): Promise<AdviceInput> {
    const { timeline, config, port } = this.#context;
    const nowMs = timeline.nowMs();
    const { afterMinutes, mostPerDay } = config.current.reboot;
    const [history, outages] = await Promise.all([
      this.#store.all(),
      port('outage').between(nowMs - memoryMs, nowMs + 1, maxOutages),
    ]);
    return { ...history, outages: outages.flatMap(past), nowMs, afterMs: afterMinutes * 60_000, mostPerDay };
  }
}

function past({ id, line, kind, verdict, startedAt, endedAt }: Outage): PastOutage[] {
  if (kind !== 'outage') return [];
  return [
    {
      id,
      line,
      verdict,
      startMs: Date.parse(startedAt),
      endMs: endedAt === null ? null : Date.parse(endedAt),
    },
  ];
}
