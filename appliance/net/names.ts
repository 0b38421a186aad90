import { AppError } from '../core/errors.ts';
import type { NameResolver } from '../core/probing.ts';
import { buildQuery } from './dns-message.ts';
import { resolveName } from './resolve.ts';

const timeoutMs = 4000;

/** The system's resolvers behind the port of core/: a name that has no addresses now is an empty answer. */
export function createNameResolver(): NameResolver {
  return {
    async resolve(host, family) {
      try {
        return (await resolveName(host, { timeoutMs }))[family];
      } catch (error) {
        if (error instanceof AppError && error.code === 'NAME_UNRESOLVED') return [];
        throw error;
      }
    },
    encodeQuery: (name, type) => buildQuery(name, type),
  };
}
