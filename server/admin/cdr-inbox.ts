import {
  deleteInboxRecord,
  findInboxRecord,
  lockInboxRecord,
  requeueInboxRecord,
} from '../../db/repositories/admin/inbox.js';
import type { InboxRecord } from '../../db/repositories/admin/inbox.js';
import { inTransaction } from '../../db/transaction.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { conflict, notFound } from './refusal.js';

/** How much of a discarded report's body its audit entry keeps. */
const KEPT_BODY = 4000;

/** Gives a failed report to the settling job again. */
export async function retryReport(deps: AdminDeps, actor: Actor, id: string): Promise<InboxRecord> {
  return inTransaction(deps.database, async (tx) => {
    const change = { tx, deps, actor };
    const before = await lockFailed(change, id);
    await requeueInboxRecord(tx, id);
    await writeAudit(change, {
      action: 'cdr_report.retry',
      entity: 'cdr_report',
      entityId: id,
      before: { state: before.state, attempts: before.attempts, error: before.error },
      after: { state: 'pending' },
    });
    const after = await findInboxRecord(tx, id);
    if (after === undefined) throw notFound('cdr report', id);
    return after;
  });
}

/** Takes a failed report out for good; the audit entry keeps what it said. */
export async function discardReport(deps: AdminDeps, actor: Actor, id: string): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    const change = { tx, deps, actor };
    const before = await lockFailed(change, id);
    await deleteInboxRecord(tx, id);
    await writeAudit(change, {
      action: 'cdr_report.discard',
      entity: 'cdr_report',
      entityId: id,
      before: { ...before, rawBody: before.rawBody?.slice(0, KEPT_BODY) ?? null },
    });
  });
}

/** A pending report belongs to the settling job; only a failed one is a person's to decide. */
async function lockFailed(change: Change, id: string): Promise<InboxRecord> {
  const record = await lockInboxRecord(change.tx, id);
  if (record === undefined) throw notFound('cdr report', id);
  if (record.state !== 'failed') {
    throw conflict('report_pending', 'This report is still being settled.');
  }
  return record;
}
