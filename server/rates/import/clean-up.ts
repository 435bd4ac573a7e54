import type { Database } from '../../../db/client.js';
import {
  deleteImportErrors,
  deleteSomeRows,
  deleteUnfinishedRelease,
  findImport,
  findUnfinishedReleases,
  lockImport,
  updateImport,
} from '../../../db/repositories/imports.js';
import type { ImportRow } from '../../../db/repositories/imports.js';
import { inTransaction } from '../../../db/transaction.js';
import type { Clock } from '../../clock.js';

/** Rows removed in one transaction. */
const BATCH = 5000;
const MOST_DETAIL = 500;

export interface ImportFailure {
  readonly code: string;
  readonly line: number;
  readonly detail: string;
}

/** Removes an unfinished release with all of its rows, a few at a time. */
export async function removeUnfinished(
  database: Database,
  releaseId: number,
  importId: string | null,
): Promise<void> {
  for (;;) {
    const removed = await inTransaction(database, (tx) => deleteSomeRows(tx, releaseId, BATCH));
    if (removed < BATCH) break;
  }
  await inTransaction(database, async (tx) => {
    if (importId !== null) await updateImport(tx, importId, { releaseId: null });
    await deleteUnfinishedRelease(tx, releaseId);
  });
}

/** Removes what an attempt left behind, so that the next begins with nothing. */
export async function removeAttempt(database: Database, row: ImportRow): Promise<void> {
  if (row.releaseId !== null) await removeUnfinished(database, row.releaseId, row.id);
  for (;;) {
    const removed = await inTransaction(database, (tx) => deleteImportErrors(tx, row.id, BATCH));
    if (removed < BATCH) return;
  }
}

/** Ends an import without a release. Does nothing to one that ended already. */
export async function endImport(
  deps: { readonly database: Database; readonly clock: Clock },
  importId: string,
  status: 'failed' | 'cancelled',
  failure: ImportFailure | null,
): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    const row = await lockImport(tx, importId);
    if (row === undefined || (row.status !== 'running' && row.status !== 'queued')) return;
    await updateImport(tx, importId, {
      status,
      // The same file may be tried again.
      dedupeKey: null,
      owner: null,
      leaseUntil: null,
      finishedAt: new Date(deps.clock.nowMs()),
      ...(failure === null
        ? {}
        : {
            errorCode: failure.code,
            errorLine: failure.line === 0 ? null : failure.line,
            errorDetail: failure.detail.slice(0, MOST_DETAIL),
          }),
    });
  });
}

/** Removes releases whose import ended, or is not there. Returns how many there were. */
export async function removeAbandoned(database: Database): Promise<number> {
  let removed = 0;
  for (const { releaseId, importId } of await findUnfinishedReleases(database.orm)) {
    const row = importId === null ? undefined : await findImport(database.orm, importId);
    if (row?.status === 'running' || row?.status === 'queued') continue;
    await removeUnfinished(database, releaseId, row?.id ?? null);
    removed += 1;
  }
  return removed;
}
