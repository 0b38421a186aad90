/** What the tests of the certificate feature share: the service over a real folder, with time and names by the test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { Timeline } from '../../core/timeline.ts';
import { issue, type KeyPair, type Order } from '../../features/keep/certificate/issue.ts';
import { ownFiles } from '../../features/keep/certificate/own-files.ts';
import { CertificateService } from '../../features/keep/certificate/service.ts';
import type { HttpConfig } from '../../http/config.ts';
import { fakeContext } from './context.ts';

export const dayMs = 86_400_000;

export interface CertificateWorldOptions extends Partial<HttpConfig> {
  folder?: string;
  isTimeKnown?: boolean;
  names?: string[];
}

export async function certificateWorld(context: TestContext, options: CertificateWorldOptions = {}) {
  const {
    folder: given,
    isTimeKnown = true,
    names = ['localhost', '127.0.0.1', 'box', 'box.local', '192.168.1.2'],
    ...http
  } = options;
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'ist-tls-')));
  if (given === undefined) context.after(() => rm(folder, { recursive: true }));
  const section = (change: Partial<HttpConfig>): HttpConfig => ({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    tls: 'local',
    tlsCertificateFile: null,
    tlsKeyFile: null,
    ...http,
    ...change,
  });
  const fake = fakeContext({ config: { http: section({}) } });
  // Handshakes are checked by the real time, so the fake one begins there.
  fake.clock.stepWall(systemClock.wallMs() - fake.clock.wallMs());
  const trust = { isSynchronised: isTimeKnown, hasHardwareClock: false };
  const timeline = new Timeline(fake.clock, () => trust, 0);
  const orders: Order[] = [];
  const service = new CertificateService(
    { ...fake, timeline, ownNames: () => [...names, ...fake.config.current.http.allowedHosts] },
    ownFiles(folder),
    (order) => {
      orders.push(order);
      return issue(order);
    },
  );
  await service.open();
  service.start();
  context.after(() => service.stop());
  return {
    ...fake,
    timeline,
    trust,
    names,
    folder,
    service,
    /** What was ordered from the issuer so far. */
    orders,
    change: (change: Partial<HttpConfig>) => fake.changeConfig({ http: section(change) }),
    /** Lets time pass, and everything happen that is due after it. */
    async pass(ms: number) {
      fake.clock.advance(ms);
      timeline.check();
      await service.look();
    },
  };
}

/** Somebody else's authority, and certificates of it, as files of the owner. */
export async function ownersFiles(
  folder: string,
  names: readonly string[],
  days: { from: number; to: number },
) {
  const nowMs = systemClock.wallMs();
  const times = { startsAtMs: nowMs - 1000 * dayMs, endsAtMs: nowMs + 1000 * dayMs };
  const allowed = ['example', 'local', '127.0.0.0/8'];
  const authority = await issue({ kind: 'authority', hostName: 'elsewhere', allowed, ...times });
  const make = (span: { from: number; to: number }): Promise<KeyPair> =>
    issue({
      kind: 'leaf',
      authority,
      subject: names[0] ?? '',
      names,
      startsAtMs: nowMs + span.from * dayMs,
      endsAtMs: nowMs + span.to * dayMs,
    });
  const certificateFile = join(folder, 'chain.pem');
  const keyFile = join(folder, 'key.pem');
  const leaf = await make(days);
  await writeFile(certificateFile, leaf.certificate);
  await writeFile(keyFile, leaf.key);
  return { authority, leaf, make, tlsCertificateFile: certificateFile, tlsKeyFile: keyFile };
}
