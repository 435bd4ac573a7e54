import type { Database, Queryable } from '../../db/client.js';
import { insertCallsOnce } from '../../db/repositories/calls.js';
import type { NewCall } from '../../db/repositories/calls.js';
import { insertInboxRows } from '../../db/repositories/inbox.js';
import type { NewInboxRow } from '../../db/repositories/inbox.js';
import { inTransaction } from '../../db/transaction.js';

/**
 * What has to be durable before somebody is answered. Its id is part of it, so that storing it again
 * finds it stored.
 */
export type SpoolItem =
  | { readonly kind: 'report'; readonly row: NewInboxRow }
  | { readonly kind: 'decision'; readonly call: NewCall };

/** Stores items in one transaction; what is there already is left as it is. */
export async function storeItems(database: Database, items: readonly SpoolItem[]): Promise<void> {
  const calls = items.flatMap((item) => (item.kind === 'decision' ? [item.call] : []));
  const rows = items.flatMap((item) => (item.kind === 'report' ? [item.row] : []));
  // One statement commits by itself, and nearly every batch is of one kind.
  if (calls.length === 0) return insertInboxRows(database.orm, rows);
  if (rows.length === 0) return insertCallsOnce(database.orm, calls);
  await inTransaction(database, async (tx: Queryable) => {
    await insertCallsOnce(tx, calls);
    await insertInboxRows(tx, rows);
  });
}

export function encodeItem(item: SpoolItem): Buffer {
  return Buffer.from(JSON.stringify(item), 'utf8');
}

/** Null for what no version of this program wrote. */
export function decodeItem(payload: Buffer): SpoolItem | null {
  try {
    const item: unknown = JSON.parse(payload.toString('utf8'));
    if (typeof item !== 'object' || item === null) return null;
    const kind: unknown = Reflect.get(item, 'kind');
    // The checksum was right, so this is what `encodeItem` made.
    return kind === 'report' || kind === 'decision' ? (item as SpoolItem) : null;
  } catch {
    return null;
  }
}
