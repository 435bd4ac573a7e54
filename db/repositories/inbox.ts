import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { cdrInbox } from '../schema/index.js';

export type InboxRow = typeof cdrInbox.$inferSelect;
export type NewInboxRow = typeof cdrInbox.$inferInsert;

const IDS_AT_ONCE = 1000;

/**
 * Commits reports before their sender is answered. One that is there already, by its id, stays as it
 * is; INSERT IGNORE would do so too, and cut values that do not fit besides.
 */
export async function insertInboxRows(db: Queryable, rows: readonly NewInboxRow[]): Promise<void> {
  await insertRows(db, cdrInbox, rows, { update: ['id'] });
}

/** Reports that are due, oldest first: those of a node that died, and those put off. */
export async function findDueInboxRows(
  db: Queryable,
  nowUs: number,
  limit: number,
): Promise<readonly InboxRow[]> {
  return db
    .select()
    .from(cdrInbox)
    .where(and(eq(cdrInbox.state, 'pending'), lte(cdrInbox.notBeforeUs, nowUs)))
    .orderBy(asc(cdrInbox.id))
    .limit(limit);
}

/** The states of those of these rows that are in the inbox still. */
export async function findInboxStates(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, InboxRow['state']>> {
  const states = new Map<string, InboxRow['state']>();
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const rows = await db
      .select({ id: cdrInbox.id, state: cdrInbox.state })
      .from(cdrInbox)
      .where(inArray(cdrInbox.id, ids.slice(from, from + IDS_AT_ONCE)));
    for (const { id, state } of rows) states.set(id, state);
  }
  return states;
}

/** Of these legs, those with a final report waiting. Its rows are few: no index is kept for this. */
export async function findLegsInInbox(
  db: Queryable,
  legUuids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (legUuids.length === 0) return new Set();
  const rows = await db
    .select({ legUuid: cdrInbox.legUuid })
    .from(cdrInbox)
    .where(and(eq(cdrInbox.state, 'pending'), inArray(cdrInbox.legUuid, [...legUuids])));
  return new Set(rows.map((row) => row.legUuid));
}

export async function deleteInboxRows(tx: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.delete(cdrInbox).where(inArray(cdrInbox.id, [...ids]));
}

/** Puts reports off to a later moment, with the reason why they could not be settled yet. */
export async function postponeInboxRows(
  tx: Queryable,
  ids: readonly string[],
  notBeforeUs: number,
  error: string,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(cdrInbox)
    .set({ notBeforeUs, error, attempts: sql`${cdrInbox.attempts} + 1` })
    .where(inArray(cdrInbox.id, [...ids]));
}

export async function countInboxRows(
  db: Queryable,
): Promise<{ readonly pending: number; readonly failed: number }> {
  const rows = await db
    .select({ state: cdrInbox.state, count: sql<number>`count(*)` })
    .from(cdrInbox)
    .groupBy(cdrInbox.state);
  const count = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
  return { pending: count('pending'), failed: count('failed') };
}

/** Sets reports aside for a person to look at: they were tried often enough. */
export async function failInboxRows(
  tx: Queryable,
  ids: readonly string[],
  error: string,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(cdrInbox)
    .set({ state: 'failed', error })
    .where(inArray(cdrInbox.id, [...ids]));
}
