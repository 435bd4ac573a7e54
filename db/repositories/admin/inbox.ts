import { and, count, desc, eq } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { cdrInbox } from '../../schema/index.js';

export type InboxRecord = typeof cdrInbox.$inferSelect;

export interface InboxQuery {
  readonly offset: number;
  readonly limit: number;
  readonly state?: 'pending' | 'failed';
  readonly switchId?: number;
  readonly legUuid?: string;
}

export async function listInbox(
  db: Queryable,
  query: InboxQuery,
): Promise<{ readonly rows: readonly InboxRecord[]; readonly total: number }> {
  const where = and(
    query.state === undefined ? undefined : eq(cdrInbox.state, query.state),
    query.switchId === undefined ? undefined : eq(cdrInbox.switchId, query.switchId),
    query.legUuid === undefined ? undefined : eq(cdrInbox.legUuid, query.legUuid),
  );
  const rows = await db
    .select()
    .from(cdrInbox)
    .where(where)
    .orderBy(desc(cdrInbox.receivedUs), desc(cdrInbox.id))
    .limit(query.limit)
    .offset(query.offset);
  const totals = await db.select({ total: count() }).from(cdrInbox).where(where);
  return { rows, total: totals[0]?.total ?? 0 };
}

export async function findInboxRecord(db: Queryable, id: string): Promise<InboxRecord | undefined> {
  return (await db.select().from(cdrInbox).where(eq(cdrInbox.id, id)))[0];
}

export async function lockInboxRecord(tx: Queryable, id: string): Promise<InboxRecord | undefined> {
  return (await tx.select().from(cdrInbox).where(eq(cdrInbox.id, id)).for('update'))[0];
}

/** Makes a failed report due at once, as if it had just come. */
export async function requeueInboxRecord(tx: Queryable, id: string): Promise<void> {
  await tx
    .update(cdrInbox)
    .set({ state: 'pending', notBeforeUs: 0, attempts: 0, error: null })
    .where(eq(cdrInbox.id, id));
}

export async function deleteInboxRecord(tx: Queryable, id: string): Promise<void> {
  await tx.delete(cdrInbox).where(eq(cdrInbox.id, id));
}
