import { and, eq } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { extensions, ledgerAccounts } from '../../schema/index.js';
import { lockBalances } from '../balances.js';
import type { BalanceRow } from '../balances.js';

/**
 * What an extension has, and what is set aside of it, as money of its own, one row for each currency;
 * locked until the transaction ends. Empty where nothing was ever posted.
 */
export async function lockWallet(
  tx: Queryable,
  extensionId: number,
): Promise<readonly BalanceRow[]> {
  const books = await tx
    .select({ id: ledgerAccounts.id })
    .from(ledgerAccounts)
    .where(
      and(
        eq(ledgerAccounts.kind, 'client_credit'),
        eq(ledgerAccounts.ownerType, 'extension'),
        eq(ledgerAccounts.ownerId, extensionId),
      ),
    );
  const locked = await lockBalances(
    tx,
    books.map((book) => book.id),
  );
  return [...locked.values()];
}

/** The number of one extension that draws on the money of this one. */
export async function findSharer(tx: Queryable, extensionId: number): Promise<string | undefined> {
  const rows = await tx
    .select({ number: extensions.number })
    .from(extensions)
    .where(eq(extensions.fundsExtensionId, extensionId))
    .limit(1);
  return rows[0]?.number;
}
