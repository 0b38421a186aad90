/** The judge of all lines: evidence in, changes of records out. Pure; the order of evidence is that of its `atMs`. */
import type { Family } from '../../../core/shapes.ts';
import type { Evidence } from './evidence.ts';
import { LineJudge } from './line-judge.ts';
import { type Change, defaultThresholds, type Thresholds } from './records.ts';

export interface JudgeOptions {
  thresholds?: Thresholds;
  /** Families that worked on a line at some time before: "line family". */
  everUp?: readonly string[];
}

export class Judge {
  readonly #lines = new Map<string, LineJudge>();
  readonly #options: JudgeOptions;
  #changes: Change[] = [];
  #lastKey = 0;
  /** Lines of the targets, so that an exchange finds its line at once. */
  #lineOf = new Map<string, LineJudge>();

  constructor(options: JudgeOptions = {}) {
    this.#options = options;
  }

  lines(): LineJudge[] {
    return [...this.#lines.values()];
  }

  line(name: string): LineJudge | null {
    return this.#lines.get(name) ?? null;
  }

  /** Takes one piece of evidence and returns what became of the records. */
  take(evidence: Evidence): Change[] {
    switch (evidence.kind) {
      case 'exchange':
        this.#lineOf.get(evidence.target)?.exchange(evidence);
        break;
      case 'name':
        this.#lineFor(evidence.line).name(evidence);
        break;
      case 'page':
        this.#lineFor(evidence.line).page(evidence);
        break;
      case 'full-size':
        this.#lineFor(evidence.line).fullSize(evidence);
        break;
      case 'link':
        this.#lineFor(evidence.line).view.setLink(evidence);
        break;
      case 'traffic':
        this.#lineFor(evidence.line).busy.traffic(evidence);
        break;
      case 'targets':
        for (const { line } of evidence.targets) this.#lineFor(line);
        for (const line of this.lines()) line.setTargets(evidence.targets, evidence.atMs);
        this.#lineOf = new Map(evidence.targets.map(({ id, line }) => [id, this.#lineFor(line)]));
        break;
      case 'gap':
        for (const line of this.lines()) line.gap(evidence.fromMs);
        break;
    }
    return this.#changes.splice(0);
  }

  #lineFor(name: string): LineJudge {
    const known = this.#lines.get(name);
    if (known) return known;
    const { thresholds = defaultThresholds, everUp = [] } = this.#options;
    const families = (['ipv4', 'ipv6'] as const).filter((family: Family) =>
      everUp.includes(`${name} ${family}`),
    );
    const line = new LineJudge(
      name,
      (change) => this.#changes.push(change),
      () => {
        this.#lastKey += 1;
        return this.#lastKey;
      },
      thresholds,
      families,
    );
    this.#lines.set(name, line);
    return line;
  }
}
