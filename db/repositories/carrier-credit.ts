import { and, eq } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { carriers, ledgerAccounts, ledgerBalances } from '../schema/index.js';

export interface CarrierDebt {
  readonly carrierId: number;
  /** In the carrier's currency; below zero where it was paid in advance. */
  readonly owed: string;
}

/** What is owed to every carrier that was ever used, in its own currency. */
export async function loadCarrierDebts(db: Queryable): Promise<readonly CarrierDebt[]> {
  return db
    .select({ carrierId: carriers.id, owed: ledgerBalances.balance })
    .from(carriers)
    .innerJoin(
      ledgerAccounts,
      and(
        eq(ledgerAccounts.kind, 'carrier_payable'),
        eq(ledgerAccounts.ownerType, 'carrier'),
        eq(ledgerAccounts.ownerId, carriers.id),
        eq(ledgerAccounts.currency, carriers.currency),
      ),
    )
    .innerJoin(ledgerBalances, eq(ledgerBalances.ledgerAccountId, ledgerAccounts.id));
}
