/** One thing that is wrong with the input: where, as a path of field names, and what. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** How a request was refused; the API turns each into one status. */
export type RefusalKind =
  'invalid' | 'not_found' | 'conflict' | 'version_conflict' | 'idempotency_mismatch' | 'forbidden';

/**
 * An expected "no". It is thrown and not returned, because it has to leave through the transaction:
 * whatever was written before the refusal is rolled back with it.
 */
export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    /** Stable, snake_case; what a client may test. */
    readonly code: string,
    readonly detail: string,
    readonly issues: readonly Issue[] = [],
  ) {
    super(`${code}: ${detail}`);
    this.name = 'Refusal';
  }
}

export function invalid(path: string, message: string): Refusal {
  return new Refusal('invalid', 'validation_failed', `${path}: ${message}`, [{ path, message }]);
}

export function invalidFields(issues: readonly Issue[]): Refusal {
  const first = issues[0];
  const detail =
    first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new Refusal('invalid', 'validation_failed', detail + more, issues);
}

export function notFound(entity: string, id: number | string): Refusal {
  return new Refusal('not_found', 'not_found', `There is no ${entity} ${id}.`);
}

export function conflict(code: string, detail: string, path?: string): Refusal {
  return new Refusal(
    'conflict',
    code,
    detail,
    path === undefined ? [] : [{ path, message: detail }],
  );
}
