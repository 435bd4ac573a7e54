import { and, desc, eq, lt } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { notices } from '../../schema/index.js';

export type NoticeRow = typeof notices.$inferSelect;

export interface NoticeQuery {
  readonly accountId?: number;
  readonly extensionId?: number;
  readonly kind?: string;
  readonly state?: NoticeRow['state'];
  readonly beforeId?: number;
  readonly limit: number;
}

/** The latest first. */
export async function listNotices(
  db: Queryable,
  query: NoticeQuery,
): Promise<readonly NoticeRow[]> {
  const { accountId, extensionId, kind, state, beforeId } = query;
  return db
    .select()
    .from(notices)
    .where(
      and(
        accountId === undefined ? undefined : eq(notices.accountId, accountId),
        extensionId === undefined ? undefined : eq(notices.extensionId, extensionId),
        kind === undefined ? undefined : eq(notices.kind, kind),
        state === undefined ? undefined : eq(notices.state, state),
        beforeId === undefined ? undefined : lt(notices.id, beforeId),
      ),
    )
    .orderBy(desc(notices.id))
    .limit(query.limit);
}

export async function findNotice(db: Queryable, id: number): Promise<NoticeRow | undefined> {
  return (await db.select().from(notices).where(eq(notices.id, id)))[0];
}

export async function lockNotice(tx: Queryable, id: number): Promise<NoticeRow | undefined> {
  return (await tx.select().from(notices).where(eq(notices.id, id)).for('update'))[0];
}

/** Makes a notice due at once, as if it had just been written. */
export async function requeueNotice(
  tx: Queryable,
  id: number,
  recipient: string | null,
): Promise<void> {
  await tx
    .update(notices)
    .set({ state: 'pending', attempts: 0, notBeforeUs: 0, error: null, recipient })
    .where(eq(notices.id, id));
}
