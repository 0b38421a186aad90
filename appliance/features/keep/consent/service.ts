import type { OutsideService } from '../../../core/calling.ts';
import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { isSwitched } from './config.ts';
import { CallLedger } from './ledger.ts';
import type { OutsideEntry, OutsideList } from './schema.ts';

/** Counting must not cost writes: what was counted since is lost with the power, and only that. */
const saveEveryMs = 3_600_000;

/** The list of everybody outside the house: what they learn, their switches, and what was sent to them. */
export class ConsentService {
  readonly #context: FeatureContext;
  readonly #ledger: CallLedger;
  #undo: (() => void)[] = [];

  constructor(context: FeatureContext) {
    this.#context = context;
    const { calls, store, timeline, log } = context;
    this.#ledger = new CallLedger({ calls, state: store.state, timeline, log });
  }

  async start(): Promise<void> {
    const { clock, config } = this.#context;
    await this.#ledger.load();
    this.#undo = [
      clock.every(saveEveryMs, () => this.#ledger.save()),
      config.onChange(({ consent }, previous) => this.#tell(consent, previous.consent)),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#ledger.save();
    await this.#ledger.settle();
  }

  list(): OutsideList {
    const { services } = this.#context.calls;
    const inOrder = [...services.filter(isSwitched), ...services.filter((each) => !isSwitched(each))];
    return { month: this.#ledger.month, services: inOrder.map((service) => this.#entryOf(service)) };
  }

  /** Writes a switch into the configuration; the entry afterwards. Throws `CONSENT_UNKNOWN`, `CONSENT_FIXED`. */
  async set(id: string, isOn: boolean): Promise<OutsideEntry> {
    const { calls, config } = this.#context;
    const service = calls.services.find((each) => each.id === id);
    if (service === undefined) {
      const known = calls.services.filter(isSwitched).map((each) => each.id);
      throw new AppError(
        'CONSENT_UNKNOWN',
        `There is no outside service "${id}"; known: ${known.join(', ')}`,
        {
          status: 404,
        },
      );
    }
    if (!isSwitched(service)) {
      const message = `${service.name} are measured towards; what is probed is decided by ${service.setting}`;
      throw new AppError('CONSENT_FIXED', message, { status: 409 });
    }
    if (!config.editor) throw new AppError('CONFIG_FIXED', 'This configuration cannot be changed');
    await config.editor.set(`consent.${id}`, isOn);
    return this.#entryOf(service);
  }

  #entryOf(service: OutsideService): OutsideEntry {
    const { current } = this.#context.config;
    const { id, name, purpose, learns, protocol, hosts, bytesPerMonth } = service;
    const shared = {
      id,
      name,
      purpose,
      learns,
      protocol,
      hosts: [...(typeof hosts === 'function' ? hosts(current) : hosts)],
      bytesPerMonth: typeof bytesPerMonth === 'function' ? bytesPerMonth(current) : bytesPerMonth,
    };
    if (!isSwitched(service)) {
      return {
        ...shared,
        kind: 'probing',
        isOn: shared.hosts.length > 0,
        setting: service.setting,
        mayBeInside: false,
        lastContactAt: null,
        thisMonth: null,
        total: null,
      };
    }
    const { thisMonth, total, since, lastAtMs } = this.#ledger.of(id);
    return {
      ...shared,
      kind: 'service',
      isOn: current.consent[id] === true,
      setting: `consent.${id}`,
      mayBeInside: service.mayBeInside ?? false,
      lastContactAt: lastAtMs === null ? null : toIso(lastAtMs),
      thisMonth,
      total: { ...total, since },
    };
  }

  #tell(current: Readonly<Record<string, boolean>>, previous: Readonly<Record<string, boolean>>): void {
    const { calls, bus, timeline, log } = this.#context;
    for (const { id, name } of calls.services.filter(isSwitched)) {
      const isOn = current[id] === true;
      if (isOn === (previous[id] === true)) continue;
      log.info({ service: id }, `${name} may ${isOn ? '' : 'not '}be contacted ${isOn ? 'now' : 'any more'}`);
      bus.emit('consent.changed', { at: toIso(timeline.nowMs()), id, isOn });
    }
  }
}
