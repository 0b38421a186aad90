import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { toIso } from '../../../core/clock.ts';
import { AppError, messageOf } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import { bareLink, ChainTable, type StoredLink } from './chain-table.ts';
import { canonicalJson } from './check/canonical-json.ts';
import type { Problem } from './check/check-chain.ts';
import { walk } from './check/verify.ts';
import { type DeviceKey, fingerprintOf, makeDeviceKey, readDeviceKey } from './device-key.ts';
import type { ChainLink, ChainState, VerifyResult } from './schema.ts';

const keyFile = 'device.key';
/** Links that are read and checked before others get their turn: about 200 kB. */
const pageLinks = 100;
const maxProblems = 50;
const noLink = '0'.repeat(64);

export interface NewLink {
  kind: ChainLink['kind'];
  payload: Record<string, unknown>;
  /** What it is about, to find it by. */
  subject?: string;
  /** What is too large or too private for the payload; the payload holds its hash as `record`. */
  record?: string;
}

type Parts = Pick<FeatureContext, 'store' | 'bus' | 'timeline' | 'about' | 'log'>;

/** The chain of this box: one link after the other, each signed, each in a transaction of its own. */
export class Chain {
  readonly table: ChainTable;
  readonly #parts: Parts;
  #key: DeviceKey | null = null;
  #namedKey: { publicKey: string; madeAt: string } | null = null;
  #last: ChainLink | null = null;
  #length = 0;
  #isIntact: boolean | null = null;
  #trouble: string | null = null;
  #broken: string | null = null;
  #appending: Promise<unknown> = Promise.resolve();
  #checking: Promise<VerifyResult> | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.table = new ChainTable(parts.store.state);
  }

  get isOpen(): boolean {
    return this.#key !== null && this.#namedKey?.publicKey === this.#key.publicKey;
  }

  /** Finds or makes the key and the first link. Throws, and says so in the state, while one of them cannot be had. */
  async open(): Promise<void> {
    try {
      this.#last = await this.table.newest();
      this.#length = await this.table.count();
      this.#namedKey = keyNamedBy((await this.table.keys()).at(-1));
      const path = join(this.#parts.about.dataFolder, keyFile);
      this.#key = (await readDeviceKey(path)) ?? (await makeDeviceKey(path));
      if (!this.isOpen) await this.#nameKey(this.#key);
      this.#trouble = null;
    } catch (error) {
      this.#trouble = `Nothing is added to the chain. ${messageOf(error)}`;
      throw error;
    }
  }

  /** The key of this box, for what is signed beside the chain. */
  get key(): DeviceKey {
    if (this.#key !== null) return this.#key;
    throw new AppError('DEVICE_KEY_MISSING', this.#trouble ?? 'The chain is not open yet', { status: 503 });
  }

  /** Resolves with the link once it is on the disk. Links are added one after the other. */
  append(link: NewLink): Promise<ChainLink> {
    const appended = this.#appending.then(() => this.#append(link));
    this.#appending = appended.catch(() => undefined); // whoever added it is told
    return appended;
  }

  /** Waits for links that are being added. */
  async settle(): Promise<void> {
    await this.#appending;
  }

  state(): ChainState {
    const { publicKey = '', madeAt = null } = this.#namedKey ?? {};
    return {
      length: this.#length,
      head: this.#last?.hash ?? null,
      publicKey,
      fingerprint: publicKey === '' ? '' : fingerprintOf(Buffer.from(publicKey, 'hex')),
      madeAt,
      isIntact: this.#isIntact,
      problem: this.#trouble ?? this.#broken,
    };
  }

  /** Checks every link; who asks while it is being done shares it. `rest` is waited for after every hundred links. */
  check(signal: AbortSignal, rest: () => Promise<void> = async () => undefined): Promise<VerifyResult> {
    this.#checking ??= this.#check(signal, rest).finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #append({ kind, payload, subject, record }: NewLink): Promise<ChainLink> {
    const { timeline, bus } = this.#parts;
    const { key } = this;
    // Read anew: after a failed write nobody knows whether it was one.
    const before = await this.table.newest();
    const content = {
      seq: (before?.seq ?? 0) + 1,
      at: toIso(Math.round(timeline.nowMs())),
      kind,
      payload: canonicalJson({ ...payload, isClockKnown: timeline.anchor.isKnown }),
      previous: before?.hash ?? noLink,
    };
    const hash = createHash('sha256').update(canonicalJson(content)).digest();
    const signature = Buffer.from(key.sign(hash)).toString('base64');
    const link: ChainLink = { ...content, hash: hash.toString('hex'), signature };
    await this.table.insert(link, subject ?? null, record ?? null);
    this.#last = link;
    this.#length += 1;
    bus.emit('chain.extended', { seq: link.seq, kind, hash: link.hash });
    return link;
  }

  async #nameKey({ publicKey, fingerprint }: DeviceKey): Promise<void> {
    const { about, log } = this.#parts;
    const isFirst = this.#last === null;
    const facts = { publicKey, serviceVersion: about.version, isDemo: about.isDemo };
    const link = await this.append(
      isFirst
        ? { kind: 'genesis', payload: { ...facts, product: 'ist', version: 1 } }
        : { kind: 'key', payload: { ...facts, previousKey: this.#namedKey?.publicKey ?? '' } },
    );
    this.#namedKey = keyNamedBy(link);
    if (!isFirst) log.warn({ fingerprint }, 'the device key is another one than before; the chain says so');
  }

  async #check(signal: AbortSignal, rest: () => Promise<void>): Promise<VerifyResult> {
    const problems: Problem[] = [];
    const lastSeq = (await this.table.newest())?.seq ?? 0;
    const chain = walk(true);
    let checked = 0;
    for (let from = 1; from <= lastSeq && problems.length < maxProblems; ) {
      const links = (await this.table.page(from, pageLinks)).filter(({ seq }) => seq <= lastSeq);
      for (const link of links) {
        problems.push(...(await chain.next(bareLink(link))), ...checkRecord(link));
        checked += 1;
      }
      from = (links.at(-1)?.seq ?? lastSeq) + 1;
      await rest();
      signal.throwIfAborted();
    }
    this.#isIntact = problems.length === 0;
    this.#broken = sayProblems(problems);
    if (this.#broken !== null) this.#parts.log.error({ checked }, this.#broken);
    const { fingerprint } = this.state();
    return {
      isValid: this.#isIntact,
      checked,
      fingerprint: fingerprint === '' ? null : fingerprint,
      problems: problems.slice(0, maxProblems),
    };
  }
}

function keyNamedBy(link: ChainLink | undefined): { publicKey: string; madeAt: string } | null {
  if (link === undefined) return null;
  try {
    const { publicKey } = Object.assign({ publicKey: '' }, JSON.parse(link.payload));
    return typeof publicKey === 'string' ? { publicKey, madeAt: link.at } : null;
  } catch {
    return null; // it was changed; the check names the link, and the key names itself anew
  }
}

/** The record beside a link is what its payload holds the hash of. */
function checkRecord({ seq, kind, at, payload, record }: StoredLink): Problem[] {
  if (kind !== 'incident') return [];
  const isTrue = payload.includes(
    createHash('sha256')
      .update(record ?? '')
      .digest('hex'),
  );
  const message =
    record === null ? 'the record beside it is missing' : 'the record beside it is not the one it speaks of';
  return isTrue ? [] : [{ where: `link ${seq} (${kind}, ${at})`, message }];
}

function sayProblems([first, ...others]: readonly Problem[]): string | null {
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `The chain is broken at ${first.where}: ${first.message}${more}.`;
}
