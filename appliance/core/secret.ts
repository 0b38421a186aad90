import { type TStringOptions, Type } from 'typebox';

/** What stands wherever a secret would. */
export const secretMark = '[secret]';

/**
 * A password, token or key. However it is printed, logged, joined to a text or sent as JSON, it is `[secret]`; the value
 * leaves only through `reveal`, so that every place where it does can be searched for.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return secretMark;
  }

  toJSON(): string {
    return secretMark;
  }

  /** What `console.log` and `util.inspect` show, in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return secretMark;
  }
}

/**
 * A value of the configuration that is kept secret: text in the file, a `Secret` in the program, null while it is not
 * set. No description, answer or message shows it.
 */
export const secretText = (options: TStringOptions) =>
  Type.Unsafe<Secret | null>(
    Type.Union([Type.String({ minLength: 1, maxLength: 4096 }), Type.Null()], {
      default: null,
      ...options,
      secret: true,
    }),
  );

const secretName =
  /pass(word|phrase|wd)|secret|token|authorization|cookie|credential|claim_?code|^key$|(api|private|device|access)_?key/i;
/** A line of the log is small; whoever logs a socket by mistake must not stop the service. */
const maxSearched = 1000;

/**
 * The same value with the content of every field that is named like a secret replaced, at any depth. The belt under
 * `Secret`: for what came from elsewhere and nobody knew to be one. What holds nothing is returned as it is.
 */
export function hideSecretFields<Value extends object>(value: Value): Value {
  const seen = new Set<object>();
  const search = (here: unknown): unknown => {
    if (typeof here !== 'object' || here === null || here instanceof Error) return here;
    if ('toJSON' in here || seen.has(here) || seen.size >= maxSearched) return here;
    seen.add(here);
    const found = Object.entries(here).flatMap(([name, inner]): [string, unknown][] => {
      const shown = secretName.test(name) && isTelling(inner) ? secretMark : search(inner);
      return shown === inner ? [] : [[name, shown]];
    });
    if (found.length === 0) return here;
    return Object.assign(Array.isArray(here) ? [...here] : { ...here }, Object.fromEntries(found));
  };
  return search(value) as Value; // the same shape, strings in place of what was hidden
}

/** That a secret is absent, or how many there are, is no secret. */
function isTelling(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
}
