import type { Database, Queryable } from './client.js';

/**
 * A deadlock (1213), a lock wait that timed out (1205), a row that changed since the snapshot (1020):
 * nothing was kept, so all may be tried again. A Galera node whose transaction lost a certification, or
 * whose locks an applied one took away, says 1213, at any statement and also at the commit.
 */
const RETRYABLE_ERRNO = new Set([1020, 1205, 1213]);
const DUPLICATE_ERRNO = 1062;
/** Enough for a busy account on a cluster, where two servers contend with every batch. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 400;

/**
 * Runs `work` in one transaction and, on a deadlock or lock timeout, rolls back and runs all of it
 * again. `work` must therefore have no effect outside the database before it returns.
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

/** Codes of a server, or of the way to it, that is gone or going. */
const AWAY_CODE =
  /^(ECONN|ENOENT|ETIMEDOUT|EPIPE|EHOSTUNREACH|PROTOCOL_|ER_SERVER_SHUTDOWN|ER_NORMAL_SHUTDOWN|ER_CON_COUNT|ER_CONNECTION_KILLED|ER_NEW_ABORTING_CONNECTION)/;

/**
 * What a Galera node says that is up and may not work: 1047, it has no quorum or is being brought up
 * to date; 1180, it lost its quorum before a commit could be told to the others. MariaDB's 1927 has no
 * name in the driver: the connection was ended by an administrator or a shutdown.
 */
const AWAY_ERRNO = new Set([1047, 1180, 1927]);

/** True when the server could not be reached or went away, as opposed to refusing a statement. */
export function isUnavailable(error: unknown): boolean {
  if (AWAY_CODE.test(codeOf(error) ?? '') || AWAY_ERRNO.has(errnoOf(error) ?? 0)) return true;
  const cause = rootCause(error);
  if (!(cause instanceof Error)) return false;
  // mysql2 gives no code to what it says of its own connections: they are dead, or the pool is closed.
  return Reflect.get(cause, 'fatal') === true || cause.message === 'Pool is closed.';
}

/** SQLSTATE 22 is about values, 23 about constraints; two errors about values carry neither. */
const BAD_DATA_STATE = /^2[23]/;
const BAD_DATA_ERRNO = new Set([1153, 1366]);

/** True when the values themselves were refused: trying them again will not help. */
export function isBadData(error: unknown): boolean {
  if (BAD_DATA_ERRNO.has(errnoOf(error) ?? 0)) return true;
  const cause = rootCause(error);
  if (typeof cause !== 'object' || cause === null) return false;
  const state: unknown = Reflect.get(cause, 'sqlState');
  return typeof state === 'string' && BAD_DATA_STATE.test(state);
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
  const upToMs = Math.min(10 * 2 ** attempt, LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * upToMs));
}
