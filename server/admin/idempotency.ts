import {
  claimIdempotencyKey,
  findAnswer,
  storeAnswer,
} from '../../db/repositories/admin/idempotency.js';
import type { IdempotencyKey } from '../../db/repositories/admin/idempotency.js';
import { inTransaction, isDuplicateKey } from '../../db/transaction.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { Refusal } from './refusal.js';

export interface Answer {
  readonly statusCode: number;
  readonly body: unknown;
}

export interface OnceRequest extends IdempotencyKey {
  /** sha-256 of everything that makes the request what it is. */
  readonly requestHash: string;
}

export interface OnceResult extends Answer {
  readonly replayed: boolean;
}

/**
 * Does work at most once per key. The key, the work and the answer are one transaction: after a crash
 * there are all of them or none. Of rivals with one key the first does the work; the others wait for
 * its commit and get its answer. A refused request leaves no trace, so it may be corrected and sent
 * again with the same key.
 */
export async function doOnce(
  deps: AdminDeps,
  actor: Actor,
  request: OnceRequest,
  work: (change: Change) => Promise<Answer>,
): Promise<OnceResult> {
  const { requestHash, ...key } = request;
  const earlier = await replay(deps, key, requestHash);
  if (earlier !== null) return earlier;
  try {
    const answer = await inTransaction(deps.database, async (tx) => {
      await claimIdempotencyKey(tx, key, requestHash);
      const made = await work({ tx, deps, actor });
      await storeAnswer(tx, key, { statusCode: made.statusCode, response: made.body });
      return made;
    });
    return { ...answer, replayed: false };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const won = await replay(deps, key, requestHash);
    if (won === null) throw error;
    return won;
  }
}

async function replay(
  deps: AdminDeps,
  key: IdempotencyKey,
  requestHash: string,
): Promise<OnceResult | null> {
  const stored = await findAnswer(deps.database.orm, key);
  if (stored === undefined) return null;
  if (stored.requestHash !== requestHash) {
    throw new Refusal(
      'idempotency_mismatch',
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request.',
    );
  }
  return { statusCode: stored.statusCode, body: stored.response, replayed: true };
}
