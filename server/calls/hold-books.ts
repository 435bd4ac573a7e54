import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import { lockBalances, resolveClientCredit } from '../../db/repositories/balances.js';
import { limitedResources } from './channel-claims.js';
import { openChannels } from './claim-channels.js';
import type { ChannelBooks } from './claim-channels.js';
import type { HoldPayer, HoldRequest } from './hold-request.js';

/** What a batch of calls may use, locked, and counted down as the batch is decided. */
export interface HoldBooks {
  /** By payer key. */
  readonly purses: ReadonlyMap<string, Purse>;
  readonly channels: ChannelBooks;
}

/** Money of one payer while a batch is being decided. */
export interface Purse {
  readonly ledgerId: number;
  available: Decimal;
}

/**
 * Locks what a batch may use, always in one order: balances, channels. So nobody waits for one while
 * holding another.
 */
export async function openBooks(
  tx: Queryable,
  database: Database,
  requests: readonly HoldRequest[],
): Promise<HoldBooks> {
  const payers = requests.flatMap((request) => request.payers);
  const purses = await openPurses(tx, database, payers);
  const wanted = requests.flatMap(({ limits, decision }) => [
    ...limits,
    ...decision.routes.flatMap(limitedResources),
  ]);
  const nowUs = Math.max(0, ...requests.map((request) => request.nowUs));
  return { purses, channels: await openChannels(tx, wanted, nowUs) };
}

async function openPurses(
  tx: Queryable,
  database: Database,
  everybody: readonly HoldPayer[],
): Promise<ReadonlyMap<string, Purse>> {
  const payers = new Map(everybody.map((payer) => [payerKey(payer), payer]));
  const ids = await resolveClientCredit(tx, database, [...payers.values()]);
  const balances = await lockBalances(tx, [...ids.values()]);
  const purses = new Map<string, Purse>();
  for (const [key, payer] of payers) {
    const ledgerId = ids.get(key);
    const row = ledgerId === undefined ? undefined : balances.get(ledgerId);
    if (ledgerId === undefined || row === undefined) {
      throw new Error(`${key}: no balance row after making one`);
    }
    const available = row.balance.plus(payer.creditLimit).minus(row.held);
    purses.set(key, { ledgerId, available });
  }
  return purses;
}
