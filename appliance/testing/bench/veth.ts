import { type Finished, finish, ipBatch } from '../lab/processes.ts';

/** Two namespaces on one cable: the shortest path there is, for what the tools themselves add. */
export class VethPair implements AsyncDisposable {
  readonly near = 'istveth-a';
  readonly far = 'istveth-b';
  readonly addresses: readonly string[];

  private constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }

  /** The far end answers on `count` addresses (RFC 2544 §C.2.2: 198.18.0.0/15 is for benchmarks). */
  static async up(count: number): Promise<VethPair> {
    const pair = new VethPair(Array.from({ length: count }, (_, i) => `198.18.${(i >> 8) + 1}.${i & 255}`));
    await pair[Symbol.asyncDispose]();
    await ipBatch([], [`netns add ${pair.near}`, `netns add ${pair.far}`]);
    await ipBatch([], [`link add eth0 netns ${pair.near} type veth peer name eth0 netns ${pair.far}`]);
    const up = ['link set lo up', 'link set eth0 up'];
    await ipBatch(['-n', pair.near], [...up, 'addr add 198.19.0.2/15 dev eth0']);
    await ipBatch(
      ['-n', pair.far],
      [...up, 'addr add 198.19.0.1/15 dev eth0', 'route add local 198.18.0.0/16 dev lo'],
    );
    const { code, stderr } = await pair.exec(['ping', '-nqc1', '-W2', pair.addresses[0] ?? '']);
    if (code !== 0) throw new Error(`the pair does not answer: ${stderr}`);
    return pair;
  }

  async exec(argv: readonly string[], input?: string): Promise<Finished> {
    const inside = ['ip', 'netns', 'exec', this.near, ...argv];
    return await finish(inside, { timeoutMs: 180_000, ...(input === undefined ? {} : { input }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [this.near, this.far]) await finish(['ip', 'netns', 'del', name]);
  }
}
