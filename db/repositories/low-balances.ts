import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import {
  accounts,
  extensions,
  ledgerAccounts,
  ledgerBalances,
  lowBalanceStates,
} from '../schema/index.js';

/** Somebody's money, and below what somebody is to be told. Amounts are decimal text. */
export interface WatchedBalance {
  readonly ledgerAccountId: number;
  readonly accountId: number;
  readonly extensionId: number | null;
  readonly accountName: string;
  readonly extensionNumber: string | null;
  readonly currency: string;
  readonly balance: string;
  readonly threshold: string;
  readonly recipient: string | null;
}

export interface LowBalanceState {
  readonly state: 'armed' | 'fired';
  readonly crossings: number;
}

/**
 * Balances that crossed their threshold, in either direction, since that was last noted. An account
 * that another pays for has no money to watch, nor has an extension without funds of its own.
 */
export async function findCrossedBalances(
  db: Queryable,
  limit: number,
): Promise<readonly WatchedBalance[]> {
  const ofAccounts = await selectCrossed(db, accounts.lowBalance, limit, {
    owner: and(
      eq(ledgerAccounts.ownerType, 'account'),
      eq(ledgerAccounts.ownerId, accounts.id),
      isNull(accounts.paidById),
    ),
    extension: sql`false`,
  });
  const ofExtensions = await selectCrossed(db, extensions.lowBalance, limit, {
    owner: and(
      eq(ledgerAccounts.ownerType, 'extension'),
      eq(ledgerAccounts.ownerId, extensions.id),
    ),
    extension: and(eq(extensions.accountId, accounts.id), eq(extensions.funds, 'own')),
  });
  return [...ofAccounts, ...ofExtensions];
}

async function selectCrossed(
  db: Queryable,
  threshold: typeof accounts.lowBalance | typeof extensions.lowBalance,
  limit: number,
  on: { readonly owner: SQL | undefined; readonly extension: SQL | undefined },
): Promise<readonly WatchedBalance[]> {
  const isTold = sql`coalesce(${lowBalanceStates.state}, 'armed') = 'fired'`;
  const isLow = sql`${ledgerBalances.balance} < ${threshold}`;
  const rows = await db
    .select({
      ledgerAccountId: ledgerAccounts.id,
      accountId: accounts.id,
      extensionId: extensions.id,
      accountName: accounts.name,
      extensionNumber: extensions.number,
      currency: ledgerAccounts.currency,
      balance: ledgerBalances.balance,
      threshold,
      accountEmail: accounts.noticeEmail,
      extensionEmail: extensions.noticeEmail,
    })
    .from(accounts)
    .leftJoin(extensions, on.extension)
    .innerJoin(
      ledgerAccounts,
      and(
        eq(ledgerAccounts.kind, 'client_credit'),
        on.owner,
        eq(ledgerAccounts.currency, accounts.currency),
      ),
    )
    .innerJoin(ledgerBalances, eq(ledgerBalances.ledgerAccountId, ledgerAccounts.id))
    .leftJoin(lowBalanceStates, eq(lowBalanceStates.ledgerAccountId, ledgerAccounts.id))
    .where(and(isNotNull(threshold), sql`(${isLow}) <> (${isTold})`))
    .orderBy(asc(ledgerAccounts.id))
    .limit(limit);
  return rows.map(({ accountEmail, extensionEmail, threshold: low, ...row }) => ({
    ...row,
    threshold: low ?? '0',
    recipient: extensionEmail ?? accountEmail,
  }));
}

/** Locks the state of one balance, made where there is none, and reads it. */
export async function lockLowBalanceState(
  tx: Queryable,
  ledgerAccountId: number,
): Promise<LowBalanceState> {
  await tx.insert(lowBalanceStates).ignore().values({ ledgerAccountId });
  const [row] = await tx
    .select({ state: lowBalanceStates.state, crossings: lowBalanceStates.crossings })
    .from(lowBalanceStates)
    .where(eq(lowBalanceStates.ledgerAccountId, ledgerAccountId))
    .for('update');
  if (row === undefined) throw new Error(`ledger account ${String(ledgerAccountId)}: no state`);
  return row;
}

/** The balance of this moment, as decimal text. */
export async function readBalance(tx: Queryable, ledgerAccountId: number): Promise<string> {
  const [row] = await tx
    .select({ balance: ledgerBalances.balance })
    .from(ledgerBalances)
    .where(eq(ledgerBalances.ledgerAccountId, ledgerAccountId));
  return row?.balance ?? '0';
}

export async function writeLowBalanceState(
  tx: Queryable,
  ledgerAccountId: number,
  state: LowBalanceState,
): Promise<void> {
  await tx
    .update(lowBalanceStates)
    .set({ ...state })
    .where(eq(lowBalanceStates.ledgerAccountId, ledgerAccountId));
}
