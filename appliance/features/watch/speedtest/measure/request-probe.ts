/** Small requests on connections of their own under load, for responsiveness. */
import type { NetworkTools } from '../../../../core/network.ts';
import type { FoundServer } from '../engine.ts';

const everyMs = 200;
const timeoutMs = 5000;
/** At once; with a deep queue each takes longer than the pause between them. */
const maxPending = 12;

export class RequestProbe {
  readonly #net: Pick<NetworkTools, 'fetchPage'>;
  readonly #server: FoundServer;
  readonly #interfaceName: string | null;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  #pending = 0;
  /** From the request to its answer, ms, with the moment it was made; at most one for each 200 ms of the test. */
  readonly answers: { sentMonoMs: number; ms: number }[] = [];

  constructor(
    net: Pick<NetworkTools, 'fetchPage'>,
    server: FoundServer,
    interfaceName: string | null,
    monoMs: () => number,
  ) {
    this.#net = net;
    this.#server = server;
    this.#interfaceName = interfaceName;
    this.#timer = server.pingUrl === null ? null : setInterval(() => void this.#ask(monoMs()), everyMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#ending.abort();
  }

  async #ask(sentMonoMs: number): Promise<void> {
    const { pingUrl: url, family, address } = this.#server;
    if (url === null || this.#pending >= maxPending) return;
    this.#pending += 1;
    try {
      const reply = await this.#net.fetchPage(
        {
          url,
          family,
          address,
          timeoutMs,
          maxBytes: 64,
          ...(this.#interfaceName === null ? {} : { interfaceName: this.#interfaceName }),
        },
        this.#ending.signal,
      );
      if (reply.outcome === 'ok' && reply.status === 200)
        this.answers.push({ sentMonoMs, ms: reply.firstByteUs / 1000 });
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    } finally {
      this.#pending -= 1;
    }
  }
}
