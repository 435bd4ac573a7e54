import type { Database } from '../../db/client.js';
import {
  findCrossedBalances,
  lockLowBalanceState,
  readBalance,
  writeLowBalanceState,
} from '../../db/repositories/low-balances.js';
import type { WatchedBalance } from '../../db/repositories/low-balances.js';
import { insertNotices } from '../../db/repositories/notices.js';
import { inTransaction } from '../../db/transaction.js';
import { Decimal } from '../../rating/money.js';
import type { Clock } from '../clock.js';

const AT_ONCE = 500;

/**
 * Tells once of each balance that fell below its threshold, and is ready to tell again when it is at
 * or above it. A crossing and its notice are one transaction, and the occasion counts crossings, so
 * any number of nodes may look. Resolves with the number of notices written.
 */
export async function watchBalances(options: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<number> {
  let told = 0;
  for (const watched of await findCrossedBalances(options.database.orm, AT_ONCE)) {
    if (await noteCrossing(options, watched)) told += 1;
  }
  return told;
}

async function noteCrossing(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  watched: WatchedBalance,
): Promise<boolean> {
  const { ledgerAccountId, threshold } = watched;
  return inTransaction(database, async (tx) => {
    const { state, crossings } = await lockLowBalanceState(tx, ledgerAccountId);
    // As it is now: between the look and the lock a payment may have come, or another node.
    const balance = await readBalance(tx, ledgerAccountId);
    const isLow = new Decimal(balance).lessThan(threshold);
    if (isLow === (state === 'fired')) return false;
    if (!isLow) {
      await writeLowBalanceState(tx, ledgerAccountId, { state: 'armed', crossings });
      return false;
    }
    await writeLowBalanceState(tx, ledgerAccountId, { state: 'fired', crossings: crossings + 1 });
    await insertNotices(tx, [
      {
        kind: 'low_balance',
        accountId: watched.accountId,
        extensionId: watched.extensionId,
        occasion: `low_balance:${String(ledgerAccountId)}:${String(crossings + 1)}`,
        recipient: watched.recipient,
        payload: {
          account: watched.accountName,
          extension: watched.extensionNumber,
          balance,
          threshold,
          currency: watched.currency,
        },
        createdUs: clock.nowUs(),
      },
    ]);
    return true;
  });
}
