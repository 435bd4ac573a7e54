import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { Database, Queryable } from '../../db/client.js';
import { accountDayKey, readSpent } from '../../db/repositories/account-days.js';
import type { AccountDay } from '../../db/repositories/account-days.js';
import { bucketKey, freeSeconds, openBuckets } from '../../db/repositories/allowances.js';
import { lockBalances, resolveClientCredit } from '../../db/repositories/balances.js';
import { limitedResources } from './channel-claims.js';
import { openChannels } from './claim-channels.js';
import type { ChannelBooks } from './claim-channels.js';
import type { AllowanceOffer, DailyLimit } from './decision.js';
import type { HoldPayer, HoldRequest } from './hold-request.js';

/** What a batch of calls may use, locked, and counted down as the batch is decided. */
export interface HoldBooks {
  readonly purses: Purses;
  readonly channels: ChannelBooks;
  readonly buckets: Buckets;
}

/** Money of one payer while a batch is being decided. */
export interface Purse {
  readonly ledgerId: number;
  /** Balance and credit limit less what is held. */
  available: Decimal;
  held: Decimal;
}

/** The money of payers, and how much of it may be spent today. */
export class Purses {
  readonly #byKey: ReadonlyMap<string, Purse>;
  readonly #spent: ReadonlyMap<string, Decimal>;

  constructor(byKey: ReadonlyMap<string, Purse>, spent: ReadonlyMap<string, Decimal>) {
    this.#byKey = byKey;
    this.#spent = spent;
  }

  of(key: string): Purse {
    const purse = this.#byKey.get(key);
    if (purse === undefined) throw new Error(`${key}: its money was not looked at`);
    return purse;
  }

  /** What a payer may set aside: its money, and no more than its daily limits leave. */
  availableTo(key: string, limits: readonly DailyLimit[]): Decimal {
    const left = limits
      .filter((limit) => payerKey(limit) === key)
      .map((limit) => this.leftToday(limit).left);
    return Decimal.min(this.of(key).available, ...left);
  }

  /** What may still be held under a daily limit: what is held for other calls counts as spent. */
  leftToday(limit: DailyLimit): DayLeft {
    const spent = this.#spent.get(accountDayKey(limit)) ?? new Decimal(0);
    const held = this.#byKey.get(payerKey(limit))?.held ?? new Decimal(0);
    return { spent, held, left: new Decimal(limit.limit).minus(spent).minus(held) };
  }
}

/** How a daily limit stands. */
export interface DayLeft {
  readonly spent: Decimal;
  readonly held: Decimal;
  readonly left: Decimal;
}

/** A bucket of inclusive seconds while a batch is being decided. */
export interface OpenBucket {
  readonly id: number;
  freeS: number;
}

/** By `bucketKey`. */
export type Buckets = ReadonlyMap<string, OpenBucket>;

/**
 * Locks what a batch may use, always in one order: balances, channels, inclusive seconds. So nobody
 * waits for one while holding another. What of it no call of the batch needs is not asked for.
 */
export async function openBooks(
  tx: Queryable,
  database: Database,
  requests: readonly HoldRequest[],
): Promise<HoldBooks> {
  const payers = requests.flatMap((request) => request.payers);
  const byKey = await openPurses(tx, database, payers);
  const wanted = requests.flatMap(({ limits, decision }) => [
    ...limits,
    ...decision.routes.flatMap(limitedResources),
  ]);
  const nowUs = Math.max(0, ...requests.map((request) => request.nowUs));
  const channels = await openChannels(tx, wanted, nowUs);
  const buckets = await openAllowances(
    tx,
    requests.flatMap((request) => request.allowances),
  );
  const spent = await readSpent(tx, distinctDays(requests.flatMap((one) => one.dailyLimits)));
  return { purses: new Purses(byKey, spent), channels, buckets };
}

/** Locks the balances of payers and reads what they have, by payer key. */
export async function openPurses(
  tx: Queryable,
  database: Database,
  everybody: readonly Pick<HoldPayer, 'accountId' | 'extensionId' | 'currency' | 'creditLimit'>[],
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
    purses.set(key, { ledgerId, available, held: row.held });
  }
  return purses;
}

async function openAllowances(tx: Queryable, offers: readonly AllowanceOffer[]): Promise<Buckets> {
  const rows = await openBuckets(tx, offers);
  return new Map(
    offers.flatMap((offer): [string, OpenBucket][] => {
      const key = bucketKey(offer);
      const row = rows.get(key);
      return row === undefined ? [] : [[key, { id: row.id, freeS: freeSeconds(row) }]];
    }),
  );
}

/** Days are read without a lock: whoever adds to one holds the account's balance. */
export function distinctDays(limits: readonly AccountDay[]): readonly AccountDay[] {
  return [...new Map(limits.map((limit) => [accountDayKey(limit), limit])).values()];
}
