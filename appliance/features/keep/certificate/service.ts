import { toIso } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { FeatureContext } from '../../../core/feature.ts';
import type { TlsIdentity } from '../../../core/identity.ts';
import { namesToVouchFor } from './allowed-names.ts';
import { covers, factsOf } from './certificate-facts.ts';
import type { Issuer } from './issuer.ts';
import { LocalIdentity } from './local-identity.ts';
import type { OwnFiles } from './own-files.ts';
import { readOwnersCertificate } from './owners-certificate.ts';
import type { CertificatePort, TlsAuthority, TlsCertificate, TlsStatus } from './schema.ts';

const dayMs = 86_400_000;
/** How soon a renewed file and the need to renew are noticed; new addresses are told by the link. */
const lookMs = 60_000;
/** Only the owner can renew his certificate, so he hears of it in time. */
const ownEndsSoonMs = 14 * dayMs;

const plainNotice =
  'Whoever is on your network can read along: the dashboard is served without encryption. ' +
  'Switch it on with http.tls: local (ist config set http.tls local).';

type Context = Pick<FeatureContext, 'clock' | 'timeline' | 'config' | 'link' | 'bus' | 'log' | 'ownNames'>;

/** Decides what the box shows over TLS, and keeps it good. */
export class CertificateService implements CertificatePort {
  readonly #context: Context;
  readonly #local: LocalIdentity;
  readonly #listeners = new Set<() => void>();
  #current: TlsIdentity | null = null;
  #problem: AppError | null = null;
  #undo: (() => void)[] = [];
  /** One look at a time, and at most one that waits for it. */
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;

  constructor(context: Context, files: OwnFiles, issue: Issuer) {
    this.#context = context;
    this.#local = new LocalIdentity(context, files, issue);
  }

  get current(): TlsIdentity | null {
    return this.#current;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): Promise<void> {
    return this.look();
  }

  start(): void {
    const { clock, config, link, timeline } = this.#context;
    const look = () => void this.look();
    this.#undo = [
      clock.every(lookMs, look),
      config.onChange(look),
      link.onChange(look),
      timeline.onChange(look),
    ];
    look(); // the configuration may have changed since it was opened
  }

  stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    return this.#running;
  }

  /** Brings what is shown in line with the configuration, the names of the box and the time; never rejects. */
  look(): Promise<void> {
    if (this.#waiting !== null) return this.#waiting;
    this.#waiting = this.#running.then(() => {
      this.#waiting = null;
      return this.#settle();
    });
    this.#running = this.#waiting;
    return this.#waiting;
  }

  /** The certificate of this box's own authority, PEM. */
  authorityPem(): string {
    const { authority } = this.#local;
    if (authority) return authority.certificate;
    throw new AppError(
      'TLS_NO_AUTHORITY',
      'This box has no certificate authority yet; it makes one when http.tls is set to local',
      { status: 404 },
    );
  }

  /** Only where one is in use or was made before: nothing is installed for an authority that nobody asked for. */
  async replaceAuthority(): Promise<TlsStatus> {
    if (this.#context.config.current.http.tls !== 'local') this.authorityPem();
    const replaced = this.#running.then(() => this.#local.replaceAuthority());
    this.#running = replaced.catch(() => undefined); // told to whoever asked
    await replaced;
    await this.look();
    return this.status();
  }

  status(): TlsStatus {
    const { authority } = this.#local;
    return {
      wanted: this.#context.config.current.http.tls,
      inUse: this.#inUse(),
      notice: this.#current === null ? plainNotice : null,
      problem: this.#problem && { code: this.#problem.code, message: this.#problem.message },
      certificate: this.#current && this.#describe(this.#current.certificate),
      authority: authority && describeAuthority(authority.certificate, authority.allowed),
    };
  }

  #inUse(): TlsStatus['inUse'] {
    if (this.#current === null) return 'none';
    return this.#current.isOwn ? 'own' : 'local';
  }

  async #settle(): Promise<void> {
    try {
      const { identity, problem } = await this.#find();
      const isWanted = this.#context.config.current.http.tls !== 'off';
      // What was encrypted so far must not go on in the clear, whatever has become of the certificate.
      this.#take(identity ?? (isWanted ? this.#current : null), problem);
    } catch (error) {
      this.#context.log.error({ err: error }, 'the certificate could not be looked after');
    }
  }

  async #find(): Promise<{ identity: TlsIdentity | null; problem: AppError | null }> {
    const { tls } = this.#context.config.current.http;
    if (tls === 'off') {
      await this.#local.read().catch(() => undefined); // only so that its authority can be shown
      return { identity: null, problem: null };
    }
    if (tls === 'local') return this.#local.keep();
    const own = await this.#findOwn();
    if (own.identity !== null) return own;
    // Better our own than none, or than one that no browser accepts.
    const { identity } = await this.#local.keep();
    return { identity, problem: own.problem };
  }

  async #findOwn(): Promise<{ identity: TlsIdentity | null; problem: AppError | null }> {
    const { tlsCertificateFile, tlsKeyFile } = this.#context.config.current.http;
    const nowMs = this.#knownNowMs();
    const files = { certificateFile: tlsCertificateFile, keyFile: tlsKeyFile };
    try {
      const identity = await readOwnersCertificate(files, nowMs);
      return { identity, problem: this.#judgeOwn(identity.certificate, nowMs) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // The two files are replaced one after the other; what was read before is still good then.
      const isGood =
        this.#current?.isOwn && (nowMs === null || factsOf(this.#current.certificate).endsAtMs > nowMs);
      return { identity: isGood ? this.#current : null, problem: error };
    }
  }

  /** It can be used, and yet something should be done about it. */
  #judgeOwn(certificate: string, nowMs: number | null): AppError | null {
    const { endsAtMs, names } = factsOf(certificate);
    if (nowMs !== null && endsAtMs - nowMs < ownEndsSoonMs) {
      const day = toIso(endsAtMs).slice(0, 10);
      return new AppError(
        'TLS_CERTIFICATE_ENDS_SOON',
        `The certificate of http.tlsCertificateFile ends on ${day}; renew it`,
      );
    }
    if (this.#context.ownNames().some((name) => covers(certificate, name))) return null;
    return new AppError(
      'TLS_NAME_MISSING',
      `The certificate of http.tlsCertificateFile is for ${names.slice(0, 3).join(', ') || 'no name at all'}, which this box does not answer to; add the name to http.allowedHosts`,
    );
  }

  #take(identity: TlsIdentity | null, problem: AppError | null): void {
    const { bus, log, timeline, config } = this.#context;
    const isNew =
      identity?.certificate !== this.#current?.certificate || identity?.key !== this.#current?.key;
    const isNewProblem = problem?.message !== this.#problem?.message;
    this.#problem = problem;
    if (isNewProblem && problem !== null) log.warn({ code: problem.code }, problem.message);
    if (isNew) {
      this.#current = identity;
      const facts = identity && factsOf(identity.certificate);
      if (facts) log.info({ ...facts, endsAt: toIso(facts.endsAtMs) }, 'a certificate was taken into use');
      else log.info({}, 'the port speaks plain HTTP');
      for (const listener of this.#listeners) listener();
    }
    if (!isNew && !isNewProblem) return;
    bus.emit('tls.changed', {
      at: toIso(timeline.nowMs()),
      wanted: config.current.http.tls,
      inUse: this.#inUse(),
      fingerprint: this.#current && factsOf(this.#current.certificate).fingerprint,
      problem: problem?.code ?? null,
    });
  }

  #describe(certificate: string): TlsCertificate {
    const { subject, issuer, names, fingerprint, startsAtMs, endsAtMs } = factsOf(certificate);
    const nowMs = this.#knownNowMs();
    return {
      subject,
      issuer,
      names,
      uncovered: namesToVouchFor(this.#context.ownNames()).filter((name) => !covers(certificate, name)),
      fingerprint,
      startsAt: toIso(startsAtMs),
      endsAt: toIso(endsAtMs),
      daysLeft: nowMs === null ? null : Math.floor((endsAtMs - nowMs) / dayMs),
    };
  }

  #knownNowMs(): number | null {
    const { timeline } = this.#context;
    return timeline.anchor.isKnown ? timeline.nowMs() : null;
  }
}

function describeAuthority(certificate: string, allowed: string[]): TlsAuthority {
  const { subject, fingerprint, startsAtMs, endsAtMs } = factsOf(certificate);
  return { name: subject, fingerprint, startsAt: toIso(startsAtMs), endsAt: toIso(endsAtMs), allowed };
}
