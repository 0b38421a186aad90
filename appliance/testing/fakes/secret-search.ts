import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** Random, so that it stands nowhere by chance; letters only, so that no escaping changes it. */
export const plant = (name: string) =>
  `Q${name}${randomBytes(12)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}Q`;

/** The ways in which a text may come out: as it is, coded, turned, or in another case. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // The middle of base64 does not depend on what stands before it in two of three positions: all three are searched.
  const coded = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, text.length - 4);
  });
  const urlSafe = coded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    secret,
    secret.toUpperCase(),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...coded,
    ...urlSafe,
    [...secret].reverse().join(''),
  ];
}

/** Knows the secrets that were planted, collects what can be seen, and tells which secret stands where. */
export class SecretSearch {
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #places = new Map<string, string>();

  get planted(): readonly string[] {
    return [...this.#secrets.keys()];
  }

  plant(what: string, secret: string): string {
    assert.ok(secret.length >= 8, `${what} is long enough to be looked for`);
    this.#secrets.set(what, formsOf(secret));
    return secret;
  }

  /** What somebody may see. */
  add(place: string, text: string | Uint8Array): void {
    const known = this.#places.get(place) ?? '';
    this.#places.set(place, known + (typeof text === 'string' ? text : Buffer.from(text).toString('latin1')));
  }

  has(text: string): string[] {
    return [...this.#places].filter(([, found]) => found.includes(text)).map(([place]) => place);
  }

  /** Every secret that stands anywhere, and where; the secret itself is not repeated. */
  hits(except: (what: string, place: string) => boolean = () => false): string[] {
    return [...this.#secrets].flatMap(([what, forms]) =>
      [...new Set(forms.flatMap((form) => this.has(form)))]
        .filter((place) => !except(what, place))
        .map((place) => `${what} in ${place}`),
    );
  }

  get size(): number {
    return [...this.#places.values()].reduce((sum, text) => sum + text.length, 0);
  }
}
