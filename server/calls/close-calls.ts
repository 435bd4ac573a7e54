import type { Database } from '../../db/client.js';
import { applyBalanceChanges } from '../../db/repositories/balances.js';
import {
  endCalls,
  findCallsWithOpenLegs,
  findHolds,
  lockCalls,
  releaseHolds,
} from '../../db/repositories/calls.js';
import { inTransaction } from '../../db/transaction.js';
import { holdChanges } from './hold-changes.js';
import { LOST_CAUSE } from './lost-leg.js';

/**
 * Gives back the holds of calls whose caller is gone and of which no leg is running, and ends them.
 * No CDR is made up for a leg that was never reported. Returns how many calls were ended; one that
 * ended in the meantime, or has a running leg after all, stays as it is.
 */
export async function closeCalls(
  database: Database,
  callIds: readonly string[],
  nowUs: number,
): Promise<number> {
  if (callIds.length === 0) return 0;
  return inTransaction(database, async (tx) => {
    const calls = await lockCalls(tx, callIds);
    const running = await findCallsWithOpenLegs(tx, callIds);
    const over = calls.filter(
      (call) => (call.state === 'authorized' || call.state === 'answered') && !running.has(call.id),
    );
    const holds = await findHolds(
      tx,
      over.map((call) => call.id),
    );
    const changes = await holdChanges(tx, database, holds);
    await applyBalanceChanges(tx, changes.all);
    await releaseHolds(
      tx,
      holds.map((hold) => hold.id),
      nowUs,
    );
    const ending = { state: 'released', reason: LOST_CAUSE, endedUs: nowUs } as const;
    await endCalls(
      tx,
      over.map((call) => ({ id: call.id, ...ending })),
    );
    return over.length;
  });
}
