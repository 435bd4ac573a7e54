import { isDuplicateKey } from '../../transaction.js';

/** What a statement was refused for, in words the services understand. */
export type Violation =
  /** A unique key; `constraint` is its name. */
  | { readonly kind: 'duplicate'; readonly constraint: string }
  /** Other rows still refer to the row that was to go. */
  | { readonly kind: 'in_use' }
  /** The row named by a foreign key does not exist. */
  | { readonly kind: 'missing_reference'; readonly constraint: string }
  /** A CHECK said no; `constraint` is its name. */
  | { readonly kind: 'check'; readonly constraint: string };

const IN_USE_ERRNO = 1451;
const MISSING_REFERENCE_ERRNO = 1452;
/** MariaDB and MySQL number a failed CHECK differently. */
const CHECK_ERRNO = new Set([4025, 3819]);

/** Reads what the server refused from its error; null for an error that is about something else. */
export function violationOf(error: unknown): Violation | null {
  const cause = innermost(error);
  if (!(cause instanceof Error)) return null;
  const errno: unknown = Reflect.get(cause, 'errno');
  if (isDuplicateKey(error)) {
    // MySQL 8 writes `for key 'table.index'`, MariaDB `for key 'index'`.
    return { kind: 'duplicate', constraint: lastName(/for key '(?:[^'.]+\.)?([^']+)'/, cause) };
  }
  if (errno === IN_USE_ERRNO) return { kind: 'in_use' };
  if (errno === MISSING_REFERENCE_ERRNO) {
    return { kind: 'missing_reference', constraint: lastName(/CONSTRAINT `([^`]+)`/, cause) };
  }
  if (typeof errno === 'number' && CHECK_ERRNO.has(errno)) {
    return { kind: 'check', constraint: lastName(/constraint [`'](?:[^`'.]+\.)?([^`']+)/i, cause) };
  }
  return null;
}

/** The value in a duplicate's message is the client's own text, so the name is taken from the end. */
function lastName(pattern: RegExp, error: Error): string {
  const matches = [...error.message.matchAll(new RegExp(pattern.source, `g${pattern.flags}`))];
  return matches.at(-1)?.[1] ?? '';
}

/** drizzle wraps the driver's error, which is where the number is. */
function innermost(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    if (!(current instanceof Error) || current.cause === undefined) return current;
    current = current.cause;
  }
  return current;
}
