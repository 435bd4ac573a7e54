import { and, eq } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { idempotencyKeys } from '../../schema/index.js';

export interface IdempotencyKey {
  readonly apiKeyId: number;
  readonly key: string;
}

export interface StoredAnswer {
  readonly requestHash: string;
  readonly statusCode: number;
  readonly response: unknown;
}

/** Written first and replaced before the commit, so no other transaction ever reads it. */
const UNANSWERED = 0;

/**
 * Claims a key for this transaction. While it runs, a rival's claim of the same key waits; when it
 * commits, the rival's claim fails with a duplicate key.
 */
export async function claimIdempotencyKey(
  tx: Queryable,
  key: IdempotencyKey,
  requestHash: string,
): Promise<void> {
  await tx
    .insert(idempotencyKeys)
    .values({ ...key, requestHash, statusCode: UNANSWERED, response: {} });
}

export async function storeAnswer(
  tx: Queryable,
  key: IdempotencyKey,
  answer: Omit<StoredAnswer, 'requestHash'>,
): Promise<void> {
  await tx
    .update(idempotencyKeys)
    .set({ statusCode: answer.statusCode, response: answer.response })
    .where(matching(key));
}

export async function findAnswer(
  db: Queryable,
  key: IdempotencyKey,
): Promise<StoredAnswer | undefined> {
  const rows = await db.select().from(idempotencyKeys).where(matching(key));
  return rows[0];
}

function matching(key: IdempotencyKey) {
  return and(eq(idempotencyKeys.apiKeyId, key.apiKeyId), eq(idempotencyKeys.key, key.key));
}
