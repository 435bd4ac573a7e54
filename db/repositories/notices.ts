import { and, asc, eq, isNull, lte, or } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { notices } from '../schema/index.js';

export type NewNotice = typeof notices.$inferInsert;
export type NoticeRow = typeof notices.$inferSelect;

/** Writes what is to be told. An occasion that was told, or is about to be, is not told again. */
export async function insertNotices(db: Queryable, rows: readonly NewNotice[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insert(notices)
    .ignore()
    .values([...rows]);
}

/** Notices whose time to be sent has come, the oldest first. */
export async function findDueNotices(
  db: Queryable,
  nowUs: number,
  limit: number,
): Promise<readonly NoticeRow[]> {
  return db
    .select()
    .from(notices)
    .where(and(eq(notices.state, 'pending'), lte(notices.notBeforeUs, nowUs)))
    .orderBy(asc(notices.notBeforeUs), asc(notices.id))
    .limit(limit);
}

/**
 * Takes a notice for one attempt: until `leaseEndUs` nobody else sends it. False when somebody was
 * quicker. The number of attempts is what tells whose the notice is, so it counts up here.
 */
export async function claimNotice(
  db: Queryable,
  notice: Pick<NoticeRow, 'id' | 'attempts'>,
  leaseEndUs: number,
): Promise<boolean> {
  const [result] = await db
    .update(notices)
    .set({ notBeforeUs: leaseEndUs, attempts: notice.attempts + 1 })
    .where(isUntouched(notice));
  return result.affectedRows === 1;
}

/** What an attempt came to; ignored when the notice is somebody else's by now. */
export async function endAttempt(
  db: Queryable,
  notice: Pick<NoticeRow, 'id' | 'attempts'>,
  outcome: Pick<NewNotice, 'state' | 'error' | 'notBeforeUs' | 'sentUs'>,
): Promise<void> {
  await db.update(notices).set(outcome).where(isUntouched(notice));
}

function isUntouched({ id, attempts }: Pick<NoticeRow, 'id' | 'attempts'>) {
  return and(eq(notices.id, id), eq(notices.state, 'pending'), eq(notices.attempts, attempts));
}

/** Keeps due notices for whoever looks: all of them, or only those that have nobody to go to. */
export async function keepNotices(
  db: Queryable,
  nowUs: number,
  which: 'all' | 'unaddressed',
): Promise<number> {
  const hasNobody = or(isNull(notices.recipient), eq(notices.recipient, ''));
  const [result] = await db
    .update(notices)
    .set({ state: 'kept' })
    .where(
      and(
        eq(notices.state, 'pending'),
        lte(notices.notBeforeUs, nowUs),
        which === 'all' ? undefined : hasNobody,
      ),
    );
  return result.affectedRows;
}
