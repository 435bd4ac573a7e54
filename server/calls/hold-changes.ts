import { toMoney } from '../../rating/money.js';
import type { Database, Queryable } from '../../db/client.js';
import { BalanceChanges, resolveClientCredit } from '../../db/repositories/balances.js';
import type { HoldRow } from '../../db/repositories/calls.js';

/** What releasing these holds does to the projected balances. */
export async function holdChanges(
  tx: Queryable,
  database: Database,
  holds: readonly HoldRow[],
): Promise<BalanceChanges> {
  const changes = new BalanceChanges();
  const ids = await resolveClientCredit(tx, database, holds);
  for (const hold of holds) {
    const id = ids.get(hold.accountId);
    if (id === undefined) throw new Error(`hold ${String(hold.id)}: its ledger account is missing`);
    changes.add(id, { held: toMoney(hold.amount).neg() });
  }
  return changes;
}
