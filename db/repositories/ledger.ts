import { inArray } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { assertBalanced } from '../../rating/ledger/balance.js';
import type { LedgerEntry } from '../../rating/ledger/types.js';
import { Decimal } from '../../rating/money.js';
import type { Queryable } from '../client.js';
import { insertRows } from '../insert-rows.js';
import { ledgerEntries, ledgerTransactions } from '../schema/index.js';
import {
  applyBalanceChanges,
  BalanceChanges,
  ledgerAccountKey,
  resolveLedgerAccounts,
} from './balances.js';

/** A balanced set of entries and the key under which it can be posted only once. */
export interface Posting {
  readonly idempotencyKey: string;
  readonly kind: 'call' | 'payment' | 'adjustment' | 'rerating' | 'transfer';
  /** What it is about: a leg uuid, a payment's reference. */
  readonly reference: string;
  /** The transaction whose amounts this one puts right. */
  readonly correctsId?: string | null;
  readonly memo?: string;
  readonly entries: readonly LedgerEntry[];
}

export interface PostedTransaction {
  readonly transactionId: string;
  /** False when the key had been posted before; nothing was changed then. */
  readonly posted: boolean;
}

/**
 * Appends postings to the ledger and moves the projected balances, all inside the caller's
 * transaction. Throws when a posting does not balance. A unique key decides what is new: a rival that
 * posted the same key in the meantime makes this fail with a duplicate key, and the caller's retry
 * then finds it posted.
 */
export async function postTransactions(
  tx: Queryable,
  postings: readonly Posting[],
): Promise<ReadonlyMap<string, PostedTransaction>> {
  const changes = new BalanceChanges();
  const result = await appendPostings(tx, tx, postings, changes);
  await applyBalanceChanges(tx, changes.all);
  return result;
}

/**
 * The same without the balances: what they change by is added to `changes`, for the caller to apply
 * as its last statement, so that a busy balance is locked for a moment only. `scope` is the database
 * handle by which ledger account ids are remembered.
 */
export async function appendPostings(
  tx: Queryable,
  scope: object,
  postings: readonly Posting[],
  changes: BalanceChanges,
): Promise<ReadonlyMap<string, PostedTransaction>> {
  const result = await findPosted(tx, postings);
  const fresh = postings.filter((posting) => !result.has(posting.idempotencyKey));
  for (const posting of fresh) assertBalanced(posting.entries);
  const ids = await resolveLedgerAccounts(tx, scope, wantedAccounts(fresh));
  const entryRows: (typeof ledgerEntries.$inferInsert)[] = [];
  const transactionRows: (typeof ledgerTransactions.$inferInsert)[] = [];
  for (const posting of fresh) {
    if (result.has(posting.idempotencyKey)) continue;
    const transactionId = uuidv7();
    result.set(posting.idempotencyKey, { transactionId, posted: true });
    transactionRows.push(transactionRow(transactionId, posting));
    for (const entry of posting.entries) {
      const ledgerAccountId = idOf(ids, entry);
      const { amount, currency } = entry;
      entryRows.push({ transactionId, ledgerAccountId, amount, currency });
      changes.add(ledgerAccountId, { balance: new Decimal(amount) });
    }
  }
  await insertRows(tx, ledgerTransactions, transactionRows);
  await insertRows(tx, ledgerEntries, entryRows);
  return result;
}

async function findPosted(
  tx: Queryable,
  postings: readonly Posting[],
): Promise<Map<string, PostedTransaction>> {
  if (postings.length === 0) return new Map();
  const rows = await tx
    .select({ id: ledgerTransactions.id, key: ledgerTransactions.idempotencyKey })
    .from(ledgerTransactions)
    .where(
      inArray(
        ledgerTransactions.idempotencyKey,
        postings.map((posting) => posting.idempotencyKey),
      ),
    );
  return new Map(rows.map((row) => [row.key, { transactionId: row.id, posted: false }]));
}

function wantedAccounts(postings: readonly Posting[]) {
  return postings.flatMap((posting) =>
    posting.entries.map((entry) => ({ ref: entry.account, currency: entry.currency })),
  );
}

function transactionRow(id: string, posting: Posting): typeof ledgerTransactions.$inferInsert {
  return {
    id,
    idempotencyKey: posting.idempotencyKey,
    kind: posting.kind,
    correctsId: posting.correctsId ?? null,
    reference: posting.reference,
    memo: posting.memo ?? '',
  };
}

function idOf(ids: ReadonlyMap<string, number>, entry: LedgerEntry): number {
  const key = ledgerAccountKey(entry.account, entry.currency);
  const id = ids.get(key);
  if (id === undefined) throw new Error(`ledger account ${key}: found none, expected it to exist`);
  return id;
}
