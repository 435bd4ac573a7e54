import { toMoney } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import type { AllowanceHold, AllowanceUse } from '../../db/repositories/allowances.js';
import { BalanceChanges, resolveClientCredit } from '../../db/repositories/balances.js';
import { closeClaims } from '../../db/repositories/channel-claims.js';
import { endCalls, findHolds, releaseHolds } from '../../db/repositories/calls.js';
import type { CallEnding, HoldRow } from '../../db/repositories/calls.js';

/** A call that is over. */
export interface EndedCall extends CallEnding {
  /** Whether it may have a claim on a limited number of channels. */
  readonly isLimited: boolean;
  /** Inclusive seconds it holds and has not used. */
  readonly unused: readonly AllowanceHold[];
}

/** What ending calls gives back; its rows are written last, because many calls meet in them. */
export interface Released {
  readonly changes: BalanceChanges;
  readonly unused: readonly AllowanceUse[];
}

/**
 * Ends calls and gives back their holds and all they had claimed. What that does to balances and to
 * inclusive seconds is returned, for the caller to apply at the end of its transaction, in this order.
 */
export async function endAndRelease(
  tx: Queryable,
  database: Database,
  endings: readonly EndedCall[],
  nowUs: number,
): Promise<Released> {
  const holds = await findHolds(
    tx,
    endings.map((ending) => ending.id),
  );
  const changes = await holdChanges(tx, database, holds);
  await releaseHolds(
    tx,
    holds.map((hold) => hold.id),
    nowUs,
  );
  await closeClaims(
    tx,
    endings.filter((ending) => ending.isLimited).map((ending) => ending.id),
  );
  await endCalls(tx, endings);
  const unused = endings.flatMap((ending) => ending.unused.map((hold) => ({ ...hold, usedS: 0 })));
  return { changes, unused };
}

/** What releasing these holds does to the projected balances. */
async function holdChanges(
  tx: Queryable,
  database: Database,
  holds: readonly HoldRow[],
): Promise<BalanceChanges> {
  const changes = new BalanceChanges();
  const ids = await resolveClientCredit(tx, database, holds);
  for (const hold of holds) {
    const id = ids.get(payerKey(hold));
    if (id === undefined) throw new Error(`hold ${String(hold.id)}: its ledger account is missing`);
    changes.add(id, { held: toMoney(hold.amount).neg() });
  }
  return changes;
}
