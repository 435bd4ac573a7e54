import type { Database, Queryable } from './client.js';

/** A deadlock (1213) or a lock wait that timed out (1205): nothing was kept, so all may be tried again. */
const RETRYABLE_ERRNO = new Set([1205, 1213]);
const DUPLICATE_ERRNO = 1062;
const ATTEMPTS = 6;

/**
 * Runs `work` in one transaction and, on a deadlock or lock timeout, rolls back and runs all of it
 * again. `work` must therefore have no effect outside the database before it returns. On a Galera
 * cluster a failed certification arrives as the same 1213.
 */
export async function inTransaction<T>(
  database: Database,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.orm.transaction(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
      await pause(attempt);
    }
  }
}

export function isRetryable(error: unknown): boolean {
  return RETRYABLE_ERRNO.has(errnoOf(error) ?? 0);
}

/** True when a unique key said that this was done already. */
export function isDuplicateKey(error: unknown): boolean {
  return errnoOf(error) === DUPLICATE_ERRNO;
}

/** True when the server could not be reached or went away, as opposed to refusing a statement. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code !== undefined &&
    /^(ECONN|ENOENT|ETIMEDOUT|EPIPE|EHOSTUNREACH|PROTOCOL_|ER_SERVER_SHUTDOWN|ER_CON_COUNT|POOL_CLOSED)/.test(
      code,
    )
  );
}

/** drizzle wraps the driver's error; the number and the code are on the innermost cause. */
function rootCause(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    if (!(current instanceof Error) || current.cause === undefined) return current;
    current = current.cause;
  }
  return current;
}

function errnoOf(error: unknown): number | undefined {
  const cause = rootCause(error);
  if (typeof cause !== 'object' || cause === null) return undefined;
  const errno: unknown = Reflect.get(cause, 'errno');
  return typeof errno === 'number' ? errno : undefined;
}

function codeOf(error: unknown): string | undefined {
  const cause = rootCause(error);
  if (typeof cause !== 'object' || cause === null) return undefined;
  const code: unknown = Reflect.get(cause, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** Waits longer after each failure, with a random part so that rivals do not meet again. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
}
