import { toMoney } from '../../rating/money.js';
import type { Database, Queryable } from '../../db/client.js';
import {
  BalanceChanges,
  ledgerAccountKey,
  resolveLedgerAccounts,
} from '../../db/repositories/balances.js';
import type { HoldRow } from '../../db/repositories/calls.js';

/** What releasing these holds does to the projected balances. */
export async function holdChanges(
  tx: Queryable,
  database: Database,
  holds: readonly HoldRow[],
): Promise<BalanceChanges> {
  const changes = new BalanceChanges();
  const accounts = holds.map((hold) => ({
    ref: { kind: 'client_credit', ownerType: 'account', ownerId: hold.accountId } as const,
    currency: hold.currency,
  }));
  const ids = await resolveLedgerAccounts(tx, database, accounts);
  holds.forEach((hold, index) => {
    const account = accounts[index];
    const id =
      account === undefined ? undefined : ids.get(ledgerAccountKey(account.ref, account.currency));
    if (id === undefined) throw new Error(`hold ${String(hold.id)}: its ledger account is missing`);
    changes.add(id, { held: toMoney(hold.amount).neg() });
  });
  return changes;
}
