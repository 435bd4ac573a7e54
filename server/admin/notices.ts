import { findNotice, lockNotice, requeueNotice } from '../../db/repositories/admin/notices.js';
import type { NoticeRow } from '../../db/repositories/admin/notices.js';
import { accountStore, extensionStore } from '../../db/repositories/admin/stores.js';
import { inTransaction } from '../../db/transaction.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { conflict, notFound } from './refusal.js';

/**
 * Sends a notice again, to the address that is set now: the reason to do it is often that the one
 * before was wrong or missing.
 */
export async function resendNotice(
  deps: AdminDeps,
  actor: Actor,
  noticeId: number,
): Promise<NoticeRow> {
  return inTransaction(deps.database, async (tx) => {
    const change = { tx, deps, actor };
    const before = await lockNotice(tx, noticeId);
    if (before === undefined) throw notFound('notice', noticeId);
    if (before.state === 'pending') {
      throw conflict('notice_pending', 'This notice is about to be sent anyway.');
    }
    await requeueNotice(tx, noticeId, await recipientOf(change, before));
    const after = await findNotice(tx, noticeId);
    if (after === undefined) throw notFound('notice', noticeId);
    await writeAudit(change, {
      action: 'notice.resend',
      entity: 'notice',
      entityId: noticeId,
      before: { state: before.state, recipient: before.recipient },
      after: { state: after.state, recipient: after.recipient },
    });
    return after;
  });
}

async function recipientOf(change: Change, notice: NoticeRow): Promise<string | null> {
  const { accountId, extensionId } = notice;
  const extension =
    extensionId === null ? undefined : await extensionStore.find(change.tx, extensionId);
  const account = accountId === null ? undefined : await accountStore.find(change.tx, accountId);
  return extension?.noticeEmail ?? account?.noticeEmail ?? notice.recipient;
}
