import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { ledgerAccounts, ledgerBalances } from '../schema/index.js';
import { creditOf } from '../../rating/ledger/credit-of.js';
import type { LedgerAccountRef } from '../../rating/ledger/types.js';
import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';

export interface BalanceRow {
  readonly ledgerAccountId: number;
  readonly balance: Decimal;
  readonly held: Decimal;
}

export interface BalanceChange {
  readonly balance: Decimal;
  readonly held: Decimal;
}

/** Ids never change once committed, so they are remembered for the life of the process. */
const knownIds = new WeakMap<object, Map<string, number>>();

/** Keys of the accounts that a transaction made itself: it sees them before they are certain. */
const madeBy = new WeakMap<Queryable, Set<string>>();

export function ledgerAccountKey(ref: LedgerAccountRef, currency: string): string {
  return `${ref.kind}:${ref.ownerType}:${ref.ownerId}:${currency}`;
}

interface WantedAccount {
  readonly ref: LedgerAccountRef;
  readonly currency: string;
}

/**
 * Ids of the named ledger accounts, made with a zero balance where they do not exist yet. `scope` is
 * the database handle the memory belongs to. Rows made here are remembered only once another
 * transaction sees them, because this one may still be rolled back.
 */
export async function resolveLedgerAccounts(
  tx: Queryable,
  scope: object,
  wanted: readonly WantedAccount[],
): Promise<ReadonlyMap<string, number>> {
  const memory = memoryOf(scope);
  const result = new Map<string, number>();
  const missing = new Map<string, WantedAccount>();
  for (const item of wanted) {
    const key = ledgerAccountKey(item.ref, item.currency);
    const id = memory.get(key);
    if (id === undefined) missing.set(key, item);
    else result.set(key, id);
  }
  if (missing.size === 0) return result;
  const made = madeBy.get(tx) ?? new Set<string>();
  for (const [key, id] of await selectIds(tx, [...missing.values()])) {
    if (!made.has(key)) memory.set(key, id);
    result.set(key, id);
    missing.delete(key);
  }
  if (missing.size > 0) {
    madeBy.set(tx, new Set([...made, ...missing.keys()]));
    for (const [key, id] of await createAccounts(tx, [...missing.values()])) result.set(key, id);
  }
  return result;
}

/** Whose money is meant: an account's, or that of one of its extensions. */
export interface CreditOwner extends PayerIdentity {
  readonly currency: string;
}

/** Ids of the ledger accounts that hold what these payers have with us, by `payerKey`. */
export async function resolveClientCredit(
  tx: Queryable,
  scope: object,
  owners: readonly CreditOwner[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = owners.map((owner) => ({
    payer: payerKey(owner),
    ref: creditOf(owner),
    currency: owner.currency,
  }));
  const ids = await resolveLedgerAccounts(tx, scope, wanted);
  const byPayer = new Map<string, number>();
  for (const { payer, ref, currency } of wanted) {
    const id = ids.get(ledgerAccountKey(ref, currency));
    if (id === undefined) throw new Error(`${payer}: no ${currency} ledger`);
    byPayer.set(payer, id);
  }
  return byPayer;
}

function memoryOf(scope: object): Map<string, number> {
  const memory = knownIds.get(scope) ?? new Map<string, number>();
  knownIds.set(scope, memory);
  return memory;
}

async function selectIds(
  tx: Queryable,
  wanted: readonly WantedAccount[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx
    .select()
    .from(ledgerAccounts)
    .where(
      or(
        ...wanted.map(({ ref, currency }) =>
          and(
            eq(ledgerAccounts.kind, ref.kind),
            eq(ledgerAccounts.ownerType, ref.ownerType),
            eq(ledgerAccounts.ownerId, ref.ownerId),
            eq(ledgerAccounts.currency, currency),
          ),
        ),
      ),
    );
  return new Map(rows.map((row) => [ledgerAccountKey(row, row.currency), row.id]));
}

async function createAccounts(
  tx: Queryable,
  wanted: readonly WantedAccount[],
): Promise<ReadonlyMap<string, number>> {
  // Sorted, so that two nodes that make the same accounts wait for each other and do not deadlock.
  const sorted = [...wanted].sort((a, b) =>
    ledgerAccountKey(a.ref, a.currency) < ledgerAccountKey(b.ref, b.currency) ? -1 : 1,
  );
  await tx
    .insert(ledgerAccounts)
    .ignore()
    .values(sorted.map(({ ref, currency }) => ({ ...ref, currency })));
  const ids = await selectIds(tx, sorted);
  await tx
    .insert(ledgerBalances)
    .ignore()
    .values([...ids.values()].sort((a, b) => a - b).map((id) => ({ ledgerAccountId: id })));
  return ids;
}

/** Locks balances in id order, the one order every transaction uses, and reads them. */
export async function lockBalances(
  tx: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, BalanceRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(ledgerBalances)
    .where(inArray(ledgerBalances.ledgerAccountId, [...new Set(ids)]))
    .orderBy(asc(ledgerBalances.ledgerAccountId))
    .for('update');
  return new Map(
    rows.map((row) => [
      row.ledgerAccountId,
      {
        ledgerAccountId: row.ledgerAccountId,
        balance: new Decimal(row.balance),
        held: new Decimal(row.held),
      },
    ]),
  );
}

/**
 * Adds the changes to the projection in one statement, which locks the rows in id order, the order
 * of every transaction. The values are cast because the server would
 * otherwise add a quoted string to a DECIMAL column as a floating-point number.
 */
export async function applyBalanceChanges(
  tx: Queryable,
  changes: ReadonlyMap<number, BalanceChange>,
): Promise<void> {
  const ids = [...changes.keys()].sort((a, b) => a - b);
  if (ids.length === 0) return;
  const pick = (column: keyof BalanceChange): SQL => {
    const cases = ids.map((id) => {
      const value = changes.get(id)?.[column] ?? new Decimal(0);
      return sql`when ${id} then cast(${value.toFixed(6)} as decimal(20,6))`;
    });
    return sql`case ledger_account_id ${sql.join(cases, sql` `)} end`;
  };
  await tx.execute(
    sql`update ledger_balances set balance = balance + ${pick('balance')}, held = held + ${pick('held')}
        where ledger_account_id in ${ids}`,
  );
}

/** Sums changes per ledger account, so that a batch touches each balance once. */
export class BalanceChanges {
  readonly #changes = new Map<number, { balance: Decimal; held: Decimal }>();

  add(ledgerAccountId: number, change: Partial<BalanceChange>): void {
    const current = this.#changes.get(ledgerAccountId) ?? {
      balance: new Decimal(0),
      held: new Decimal(0),
    };
    this.#changes.set(ledgerAccountId, {
      balance: current.balance.plus(change.balance ?? 0),
      held: current.held.plus(change.held ?? 0),
    });
  }

  get ids(): readonly number[] {
    return [...this.#changes.keys()];
  }

  get all(): ReadonlyMap<number, BalanceChange> {
    return this.#changes;
  }
}
