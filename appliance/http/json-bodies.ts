import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';

/**
 * Reads bodies as JSON without repeated keys (RFC 7493 §2.3): of two values for one name another reader may take the
 * other one. What would reach into an object's prototype is refused by the framework's own reader.
 */
export function readStrictJson(app: FastifyInstance): void {
  const read = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    return read(request, text, (error, value) => {
      const repeated = error === null ? repeatedKey(text) : null;
      if (repeated === null) return done(error, value);
      const shown = repeated.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
      done(new AppError('BODY_INVALID', `The body names "${shown}" more than once`, { status: 400 }));
    });
  });
}

/** The first key that stands twice in one object of a text that is known to be JSON. */
export function repeatedKey(text: string): string | null {
  /** The keys of every open object; null for an open list. */
  const open: (Set<string> | null)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? new Set() : null);
      isKeyNext = sign === '{';
    } else if (sign === '}' || sign === ']') open.pop();
    else if (sign === ',') isKeyNext = open.at(-1) instanceof Set;
    else if (sign === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (isKeyNext && keys instanceof Set) {
        const key = String(JSON.parse(text.slice(at, end + 1))); // escapes make other spellings of one name
        if (keys.has(key)) return key;
        keys.add(key);
        isKeyNext = false;
      }
      at = end;
    }
  }
  return null;
}

/** Where the closing quote of the string stands that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
