import type { SwitchedService } from '../../../core/calling.ts';
import { cleanText } from '../../../core/clean-text.ts';
import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { Caller, FeatureContext } from '../../../core/feature.ts';
import { type Device, Devices, markOf, mostDevices } from './devices.ts';
import { areUsable, encryptMessage } from './message-cipher.ts';
import { isWorthAMessage, outageMessage } from './outage-messages.ts';
import type { NewPushDevice, PushDevice, PushMessage, PushState } from './schema.ts';
import type { SenderIdentity } from './sender-identity.ts';
import { pushServices } from './vendors.ts';

/** While the line is down its own message cannot leave; a later one about the same takes its place. */
const retryMs = 30_000;
/** What could not be told for so long is history, which the dashboard shows. */
const giveUpMs = 6 * 3_600_000;
/** Of all devices together. */
const mostWaiting = 100;
/** How long a carrier keeps it for a browser that is off. */
const keepSeconds = 4 * 3600;

interface Waiting {
  device: number;
  message: PushMessage;
  sinceMonoMs: number;
}

interface Sent {
  atMs: number;
  problem: string | null;
}

type Ending = { kind: 'sent' } | { kind: 'later' | 'refused'; problem: string } | { kind: 'gone' };

/** Messages to browsers that have subscribed, through the carriers that the owner has switched on. */
export class PushService {
  readonly #context: FeatureContext;
  readonly #devices: Devices;
  #identity: SenderIdentity | null = null;
  #waiting: Waiting[] = [];
  /** By device, so bounded by them. */
  readonly #last = new Map<number, Sent>();
  #round: Promise<void> = Promise.resolve();
  #undo: (() => void)[] = [];
  readonly #stopping = new AbortController();

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#devices = new Devices(context.store.state);
  }

  async start(): Promise<void> {
    const { bus, clock, config } = this.#context;
    this.#identity = await this.#devices.load();
    const tell = (message: PushMessage) => this.#sendToAll(message);
    this.#undo = [
      bus.on('outage.opened', (outage) => {
        if (isWorthAMessage(outage)) tell(outageMessage(outage, config.current.site.name));
      }),
      bus.on('outage.closed', (outage) => {
        if (isWorthAMessage(outage)) tell(outageMessage(outage, config.current.site.name));
      }),
      bus.on('account.distrusted', ({ accountId }) => this.#forget(accountId)),
      clock.every(retryMs, () => this.#next()),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.#stopping.abort();
    await this.#round;
  }

  state(caller: Caller): PushState {
    return {
      publicKey: this.#sender().publicKey,
      carriers: pushServices.map(({ id, name, hosts }) => ({
        id,
        name,
        hosts: [...(typeof hosts === 'function' ? [] : hosts)],
        isOn: this.#context.calls.to(id).isOn,
      })),
      devices: this.#devices
        .list(caller.kind === 'local' ? null : ownerOf(caller))
        .map((one) => this.#entry(one)),
      limit: mostDevices,
    };
  }

  /** Throws `PUSH_ENDPOINT_UNKNOWN` and `PUSH_KEYS_WRONG`: the address is a stranger's, and only known carriers are called. */
  async subscribe(caller: Caller, { endpoint, keys }: NewPushDevice, agent: string): Promise<PushDevice> {
    const accountId = ownerOf(caller);
    const carrier = carrierOf(endpoint);
    if (carrier === null) {
      const known = pushServices.map(({ name }) => name.split(',')[0]).join(', ');
      throw new AppError(
        'PUSH_ENDPOINT_UNKNOWN',
        `The browser names a carrier that is not known; known: ${known}`,
        {
          status: 400,
        },
      );
    }
    if (!areUsable(keys))
      throw new AppError('PUSH_KEYS_WRONG', 'Nothing can be encrypted for the keys of this browser', {
        status: 400,
      });
    const createdAtMs = this.#context.timeline.nowMs();
    const facts = {
      accountId,
      carrier: carrier.id,
      endpoint,
      ...keys,
      agent: cleanText(agent, 200),
      createdAtMs,
    };
    return this.#entry(await this.#devices.add(facts));
  }

  async unsubscribe(caller: Caller, id: number): Promise<void> {
    const removed = await this.#devices.remove((one) => one.id === id && isOf(one, caller));
    if (removed === 0) throw unknownDevice();
  }

  /** Sends a message now; the entry says how it ended. Throws `CONSENT_MISSING` while its carrier is off. */
  async test(caller: Caller, id: number): Promise<PushDevice> {
    const device = this.#devices.list().find((one) => one.id === id && isOf(one, caller));
    if (device === undefined) throw unknownDevice();
    const message = {
      title: `${this.#context.config.current.site.name}: a test`,
      body: 'Messages about outages will look like this one.',
      tag: 'test',
      path: '/access',
    };
    await this.#deliver(device, message);
    return this.#entry(device);
  }

  #sendToAll(message: PushMessage): void {
    const sinceMonoMs = this.#context.clock.monoMs();
    for (const { id, carrier } of this.#devices.list()) {
      if (!this.#context.calls.to(carrier).isOn) continue;
      this.#waiting = this.#waiting.filter((one) => one.device !== id || one.message.tag !== message.tag);
      this.#waiting.push({ device: id, message, sinceMonoMs });
    }
    this.#waiting = this.#waiting.slice(-mostWaiting);
    this.#next();
  }

  /** One round at a time over everything that waits. */
  #next(): void {
    if (this.#waiting.length === 0) return;
    this.#round = this.#round
      .then(() => this.#sendWaiting())
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#context.log.warn({}, `messages to browsers could not be sent: ${messageOf(error)}`);
      });
  }

  async #sendWaiting(): Promise<void> {
    const tooOldMs = this.#context.clock.monoMs() - giveUpMs;
    const round = this.#waiting.filter(({ sinceMonoMs }) => sinceMonoMs >= tooOldMs);
    this.#waiting = [];
    const left: Waiting[] = [];
    for (const one of round) {
      const device = this.#devices.list().find(({ id }) => id === one.device);
      if (device === undefined || !this.#context.calls.to(device.carrier).isOn) continue;
      const ending = await this.#deliver(device, one.message);
      if (ending.kind === 'later') left.push(one);
    }
    // What came meanwhile about the same matter is newer.
    const isNew = ({ device, message }: Waiting) =>
      !this.#waiting.some((other) => other.device === device && other.message.tag === message.tag);
    this.#waiting = [...left.filter(isNew), ...this.#waiting].slice(-mostWaiting);
  }

  async #deliver(device: Device, message: PushMessage): Promise<Ending> {
    const ending = await this.#call(device, message);
    if (ending.kind === 'gone') {
      await this.#devices.remove(({ id }) => id === device.id);
      this.#last.delete(device.id);
      this.#context.log.info({ device: device.agent }, 'a browser takes no more messages and is forgotten');
    } else {
      const problem = ending.kind === 'sent' ? null : ending.problem;
      this.#last.set(device.id, { atMs: this.#context.timeline.nowMs(), problem });
    }
    return ending;
  }

  async #call(device: Device, message: PushMessage): Promise<Ending> {
    const { calls, timeline } = this.#context;
    const text = Buffer.from(JSON.stringify(message));
    const { p256dh, auth } = device;
    const reply = await calls.to(device.carrier).request(
      {
        url: device.endpoint,
        method: 'POST',
        headers: {
          authorization: this.#sender().authorization(
            new URL(device.endpoint.reveal()).origin,
            timeline.nowMs(),
          ),
          ttl: String(keepSeconds),
          urgency: 'high',
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
        },
        body: encryptMessage(text, { p256dh, auth: auth.reveal() }),
      },
      this.#stopping.signal,
    );
    if (reply.outcome !== 'ok') return { kind: 'later', problem: reply.message ?? reply.outcome };
    return endingOf(reply.status ?? 0, reply.host);
  }

  #entry({ id, carrier, agent, createdAtMs, endpoint }: Device): PushDevice {
    const last = this.#last.get(id);
    return {
      id,
      carrier,
      agent,
      createdAt: toIso(createdAtMs),
      mark: markOf(endpoint.reveal()),
      lastSentAt: last === undefined ? null : toIso(last.atMs),
      problem: last?.problem ?? null,
    };
  }

  /** Whoever was asked to leave must not be told on through what he has left behind. */
  #forget(accountId: string | null): void {
    this.#devices
      .remove((one) => accountId === null || one.accountId === accountId)
      .catch((error: unknown) => {
        this.#context.log.error({ err: error }, 'browsers of an account could not be forgotten');
      });
  }

  #sender(): SenderIdentity {
    if (this.#identity) return this.#identity;
    throw new AppError('STARTING', 'The appliance is starting; try again in a moment', { status: 503 });
  }
}

/** RFC 8030 §5 and §7.3: 404 and 410 mean that the browser is gone for good. */
function endingOf(status: number, host: string): Ending {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 404 || status === 410) return { kind: 'gone' };
  const problem = `${host} answered ${status}`;
  return { kind: status === 429 || status >= 500 ? 'later' : 'refused', problem };
}

function carrierOf(endpoint: string): SwitchedService | null {
  if (!URL.canParse(endpoint)) return null;
  const { protocol, hostname, port, username, password } = new URL(endpoint);
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return null;
  const fits = (host: string) =>
    host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
  return pushServices.find(({ hosts }) => typeof hosts !== 'function' && hosts.some(fits)) ?? null;
}

function ownerOf({ accountId }: Caller): string {
  if (accountId !== null) return accountId;
  throw new AppError('PERSON_NEEDED', 'Messages go to the browsers of a person: open the dashboard in one', {
    status: 409,
  });
}

const isOf = (device: Device, caller: Caller) =>
  caller.kind === 'local' || device.accountId === caller.accountId;

const unknownDevice = () => new AppError('PUSH_DEVICE_UNKNOWN', 'There is no such browser', { status: 404 });
