import { createPrivateKey, X509Certificate } from 'node:crypto';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { TlsIdentity } from '../../../core/identity.ts';
import { allowedFor, isAllowed, mainName, namesToVouchFor } from './allowed-names.ts';
import { factsOf } from './certificate-facts.ts';
import type { Issuer } from './issuer.ts';
import type { OwnFiles, StoredAuthority, StoredLeaf } from './own-files.ts';

const dayMs = 86_400_000;

export const lifetimes = {
  authorityMs: 3652 * dayMs,
  /** A new authority has to be installed on every device, so it comes early enough to be done in peace. */
  authorityRenewBeforeMs: 90 * dayMs,
  /** 47 days, both ends included. */
  leafMs: 47 * dayMs - 1000,
  /** A third of its time is left: a box that was in a drawer for two weeks still has a good one. */
  leafRenewBeforeMs: 16 * dayMs,
  /** Clocks of other devices may be behind ours. */
  backdatedMs: dayMs,
  /** Somebody on the network may hand out one address after the other; none of it may wear out the card. */
  nameChangesApartMs: 60_000,
};

type Context = Pick<FeatureContext, 'clock' | 'timeline' | 'ownNames' | 'log'>;

export interface Kept {
  identity: TlsIdentity | null;
  /** Why it is not as it should be. */
  problem: AppError | null;
}

/** This box's own authority and the certificate that it makes for itself, renewed in time and when the box's names change. */
export class LocalIdentity {
  readonly #context: Context;
  readonly #files: OwnFiles;
  readonly #issue: Issuer;
  #authority: StoredAuthority | null = null;
  #leaf: StoredLeaf | null = null;
  #leafMadeAtMonoMs = Number.NEGATIVE_INFINITY;
  #isRead = false;

  constructor(context: Context, files: OwnFiles, issue: Issuer) {
    this.#context = context;
    this.#files = files;
    this.#issue = issue;
  }

  get authority(): StoredAuthority | null {
    return this.#authority;
  }

  /** Reads what an earlier run made. */
  async read(): Promise<void> {
    if (this.#isRead) return;
    this.#authority = await this.#readSound(this.#files.readAuthority, checkAuthority);
    this.#leaf = await this.#readSound(this.#files.readLeaf, checkLeaf);
    this.#isRead = true;
  }

  /** Makes what is missing or due; what cannot be made leaves what was there in force. */
  async keep(): Promise<Kept> {
    try {
      await this.read();
      const authority = this.#isAuthorityDue() ? await this.#makeAuthority() : this.#authority;
      if (authority !== null && this.#isLeafDue(authority)) await this.#makeLeaf(authority);
      return { identity: this.#identity(), problem: null };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { identity: this.#identity(), problem: error };
    }
  }

  /** A new authority, for what the box is called now; every device that trusts the old one has to be told. */
  async replaceAuthority(): Promise<void> {
    await this.read();
    await this.#makeLeaf(await this.#makeAuthority());
  }

  #identity(): TlsIdentity | null {
    return this.#leaf === null ? null : { ...this.#leaf, isOwn: false };
  }

  #isAuthorityDue(): boolean {
    if (this.#authority === null) return true;
    const { startsAtMs, endsAtMs } = factsOf(this.#authority.certificate);
    return this.#isOut(startsAtMs, endsAtMs - lifetimes.authorityRenewBeforeMs);
  }

  #isLeafDue(authority: StoredAuthority): boolean {
    if (this.#leaf === null || !isIssuedBy(this.#leaf, authority)) return true;
    const { startsAtMs, endsAtMs, names } = factsOf(this.#leaf.certificate);
    // Names that went away may stay in it: a cable that is pulled for a minute is no reason for a new one.
    const isNew = (name: string) => !names.includes(name);
    const mayFollow = this.#context.clock.monoMs() - this.#leafMadeAtMonoMs >= lifetimes.nameChangesApartMs;
    if (mayFollow && this.#names(authority).some(isNew)) return true;
    return this.#isOut(startsAtMs, endsAtMs - lifetimes.leafRenewBeforeMs);
  }

  /** Outside of these times, as far as the time is known. */
  #isOut(fromMs: number, toMs: number): boolean {
    const { anchor } = this.#context.timeline;
    if (!anchor.isKnown) return false;
    const nowMs = this.#context.timeline.nowMs();
    return nowMs < fromMs || nowMs >= toMs;
  }

  #names(authority: StoredAuthority): string[] {
    return namesToVouchFor(this.#context.ownNames()).filter((name) => isAllowed(name, authority.allowed));
  }

  async #makeAuthority(): Promise<StoredAuthority> {
    const startsAtMs = this.#knownNowMs() - lifetimes.backdatedMs;
    const names = namesToVouchFor(this.#context.ownNames());
    const allowed = allowedFor(names);
    const made = await this.#issue({
      kind: 'authority',
      hostName: mainName(names).replace(/\.local$/, ''),
      allowed,
      startsAtMs,
      endsAtMs: startsAtMs + lifetimes.authorityMs,
    });
    const authority = { ...made, allowed };
    await this.#files.writeAuthority(authority);
    this.#authority = authority;
    const { subject, fingerprint } = factsOf(made.certificate);
    this.#context.log.warn(
      { authority: subject, fingerprint },
      'this box has a new certificate authority; devices that shall trust it must install it',
    );
    return authority;
  }

  async #makeLeaf(authority: StoredAuthority): Promise<void> {
    const startsAtMs = this.#knownNowMs() - lifetimes.backdatedMs;
    const names = this.#names(authority);
    const leaf = await this.#issue({
      kind: 'leaf',
      authority: { certificate: authority.certificate, key: authority.key },
      subject: mainName(names),
      names,
      startsAtMs,
      endsAtMs: startsAtMs + lifetimes.leafMs,
    });
    // In force even where it cannot be kept, on a full disk for example; the next start makes another one.
    this.#leaf = leaf;
    this.#leafMadeAtMonoMs = this.#context.clock.monoMs();
    await this.#files.writeLeaf(leaf);
  }

  /** A certificate with a wrong time is worse than none: it looks expired, or would be good for years. */
  #knownNowMs(): number {
    const { timeline } = this.#context;
    if (timeline.anchor.isKnown) return timeline.nowMs();
    throw new AppError(
      'TLS_CLOCK_UNKNOWN',
      'A certificate is due, and none is made while the time is not known; it follows by itself as soon as it is',
      { status: 409 },
    );
  }

  /** What a dying card has damaged is made anew; what may not be read is for a person to decide. */
  async #readSound<Stored>(read: () => Promise<Stored | null>, check: (stored: Stored) => void) {
    try {
      const stored = await read();
      if (stored !== null) check(stored);
      return stored;
    } catch (error) {
      if (error instanceof AppError && error.code !== 'TLS_FILE_DAMAGED') throw error;
      this.#context.log.warn(
        { err: error },
        'a file of this box’s own certificates is damaged; it is made anew',
      );
      return null;
    }
  }
}

function checkAuthority(authority: StoredAuthority): void {
  checkLeaf(authority);
  if (!new X509Certificate(authority.certificate).ca) throw new Error('the authority is none');
}

/** Throws for PEM that cannot be parsed or does not belong together. */
function checkLeaf({ certificate, key }: StoredLeaf): void {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('key and certificate do not belong together');
  }
}

function isIssuedBy(leaf: StoredLeaf, authority: StoredAuthority): boolean {
  return new X509Certificate(leaf.certificate).verify(new X509Certificate(authority.certificate).publicKey);
}
