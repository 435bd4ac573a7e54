import { Decimal } from '../../rating/money.js';
import type { IncludedTime } from '../../rating/allowance/use-included.js';
import type { Database, Queryable } from '../../db/client.js';
import { findAllowanceHolds, freeSeconds, lockBuckets } from '../../db/repositories/allowances.js';
import type { AllowanceHold, BucketRow } from '../../db/repositories/allowances.js';
import type { CallRow } from '../../db/repositories/calls.js';
import { decisionOf } from './hold-batch.js';
import { openPurses } from './hold-books.js';

/** Inclusive seconds of one bucket that a call may use when it is settled. */
export interface HeldTime extends IncludedTime {
  /** What of it is set aside in the bucket; no seconds where it was given back before. */
  readonly hold: AllowanceHold;
}

/** The inclusive seconds of calls that are being settled: each call may use its own once. */
export class HeldSeconds {
  readonly #byCall: Map<string, readonly HeldTime[]>;

  constructor(byCall: Map<string, readonly HeldTime[]>) {
    this.#byCall = byCall;
  }

  /** All that is left of a call's seconds, in the order of use; nothing is left afterwards. */
  take(callId: string): readonly HeldTime[] {
    const held = this.#byCall.get(callId) ?? [];
    this.#byCall.delete(callId);
    return held;
  }

  /** What nobody has taken, and is still set aside. */
  unusedOf(callId: string): readonly AllowanceHold[] {
    const holds = (this.#byCall.get(callId) ?? []).map(({ hold }) => hold);
    return holds.filter(({ seconds }) => seconds > 0);
  }
}

/**
 * Reads what calls have set aside of inclusive seconds; they are locked by the caller. A call that was
 * given up for unanswered has given them back: should it have been answered after all, it may use what
 * is free of as many. `isTalk` tells whether any leg was answered. Calls without inclusive seconds cost
 * no statement.
 */
export async function openHeldSeconds(
  tx: Queryable,
  database: Database,
  calls: readonly CallRow[],
  isTalk: boolean,
): Promise<HeldSeconds> {
  const entitled = calls.filter((call) => decisionOf(call).allowances !== undefined);
  const open = entitled.filter(({ state }) => state === 'authorized' || state === 'answered');
  const released = isTalk ? entitled.filter(({ state }) => state === 'released') : [];
  const holds = [
    ...(await findAllowanceHolds(tx, idsOf(open))).map((hold) => ({ hold, seconds: hold.seconds })),
    ...(await freeAgain(tx, database, released)),
  ];
  const byCall = new Map<string, readonly HeldTime[]>();
  for (const call of entitled) {
    const own = (decisionOf(call).allowances ?? []).flatMap(({ bucketId, incrementS }) =>
      holds
        .filter(({ hold }) => hold.callId === call.id && hold.bucketId === bucketId)
        .map((time) => ({ ...time, incrementS })),
    );
    if (own.length > 0) byCall.set(call.id, own);
  }
  return new HeldSeconds(byCall);
}

/** Seconds of calls that gave them back. The balances are locked first, as before every bucket. */
async function freeAgain(
  tx: Queryable,
  database: Database,
  calls: readonly CallRow[],
): Promise<readonly Omit<HeldTime, 'incrementS'>[]> {
  const holds = await findAllowanceHolds(tx, idsOf(calls), 'released');
  if (holds.length === 0) return [];
  const creditLimit = new Decimal(0);
  const payers = calls.flatMap((call) => decisionOf(call).payers);
  await openPurses(
    tx,
    database,
    payers.map((payer) => ({ ...payer, creditLimit })),
  );
  const buckets = await lockBuckets(
    tx,
    holds.map(({ bucketId }) => bucketId),
  );
  const free = new Map([...buckets].map(([id, row]) => [id, freeOf(row)]));
  return holds.map((hold) => {
    const left = free.get(hold.bucketId) ?? 0;
    const seconds = Math.min(left, hold.seconds);
    free.set(hold.bucketId, left - seconds);
    return { hold: { ...hold, seconds: 0 }, seconds };
  });
}

function freeOf(row: BucketRow): number {
  return Math.max(0, freeSeconds(row));
}

function idsOf(calls: readonly CallRow[]): readonly string[] {
  return calls.map((call) => call.id);
}
