/**
 * JSON text in the one form that everybody makes of the same value: RFC 8785. Members that are undefined are left out,
 * as JSON does. Refers to nothing outside itself: verify.html carries its source.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') {
    // RFC 8785 §3.2.2.2: half a surrogate pair has no UTF-8 form.
    if (!value.isWellFormed()) throw new TypeError('a text with half a surrogate pair has no canonical form');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value); // RFC 8785 §3.2.2.3 is what ECMAScript prints
  }
  if (value === null || typeof value === 'boolean') return String(value);
  // Long columns of numbers: ten times faster than one by one.
  if (Array.isArray(value) && value.every((item) => item === null || Number.isFinite(item)))
    return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1)) // RFC 8785 §3.2.3: by UTF-16 code units
    .map(([name, item]) => `${canonicalJson(name)}:${canonicalJson(item)}`);
  return `{${members.join(',')}}`;
}
