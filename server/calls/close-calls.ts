import type { Database } from '../../db/client.js';
import { findAllowanceHolds, useAndReleaseAllowances } from '../../db/repositories/allowances.js';
import { applyBalanceChanges } from '../../db/repositories/balances.js';
import { findCallsWithOpenLegs, isOpenCall, lockCalls } from '../../db/repositories/calls.js';
import { inTransaction } from '../../db/transaction.js';
import { isLimited } from './channel-claims.js';
import { decisionOf } from './hold-batch.js';
import { endAndRelease } from './end-and-release.js';
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
    const over = calls.filter((call) => isOpenCall(call) && !running.has(call.id));
    const ending = { state: 'released', reason: LOST_CAUSE, endedUs: nowUs } as const;
    const held = await findAllowanceHolds(
      tx,
      over.filter((call) => decisionOf(call).allowances !== undefined).map((call) => call.id),
    );
    const endings = over.map((call) => ({
      id: call.id,
      isLimited: isLimited(decisionOf(call)),
      unused: held.filter((hold) => hold.callId === call.id),
      ...ending,
    }));
    const { changes, unused } = await endAndRelease(tx, database, endings, nowUs);
    await applyBalanceChanges(tx, changes.all);
    await useAndReleaseAllowances(tx, unused, nowUs);
    return over.length;
  });
}
