export interface AppErrorOptions {
  /** HTTP status when the error reaches a client. */
  status?: number;
  /** Machine-readable facts for the client (never secrets). */
  details?: unknown;
  cause?: unknown;
}

/** An error with a stable code and a message that is safe to show and names the thing that failed. */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: unknown;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = options.status ?? 500;
    this.details = options.details;
  }
}

/** Ends a `switch` over a union: the compiler refuses a case that was forgotten. */
export function assertNever(value: never, what = 'value'): never {
  throw new AppError('UNEXPECTED_VALUE', `Unexpected ${what}: ${String(value)}`);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
