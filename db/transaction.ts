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

/** Codes of a server, or of the way to it, that is gone or going. 1047 is a Galera node without quorum. */
const AWAY_CODE =
  /^(ECONN|ENOENT|ETIMEDOUT|EPIPE|EHOSTUNREACH|PROTOCOL_|ER_SERVER_SHUTDOWN|ER_NORMAL_SHUTDOWN|ER_CON_COUNT|ER_CONNECTION_KILLED|ER_UNKNOWN_COM_ERROR)/;

/** True when the server could not be reached or went away, as opposed to refusing a statement. */
export function isUnavailable(error: unknown): boolean {
  if (AWAY_CODE.test(codeOf(error) ?? '')) return true;
  const cause = rootCause(error);
  if (!(cause instanceof Error)) return false;
  // mysql2 gives no code to what it says of its own connections: they are dead, or the pool is closed.
  return Reflect.get(cause, 'fatal') === true || cause.message === 'Pool is closed.';
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
