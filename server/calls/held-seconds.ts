import { Decimal } from '../../rating/money.js';
import { useIncluded } from '../../rating/allowance/use-included.js';
import type { IncludedTime } from '../../rating/allowance/use-included.js';
import type { Database, Queryable } from '../../db/client.js';
import {
  bucketKey,
  findAllowanceHolds,
  freeSeconds,
  holdAllowances,
  lockBuckets,
  openBuckets,
} from '../../db/repositories/allowances.js';
import type { AllowanceHold } from '../../db/repositories/allowances.js';
import { isOpenCall } from '../../db/repositories/calls.js';
import type { CallRow } from '../../db/repositories/calls.js';
import type { AllowanceOffer } from './decision.js';
import { decisionOf } from './hold-batch.js';
import { openPurses } from './hold-books.js';

/** Inclusive seconds of one bucket that a call may use when it is settled. */
export interface HeldTime extends IncludedTime {
  /** What of it is set aside in the bucket; no seconds where it was given back before. */
  readonly hold: AllowanceHold;
}

/** Answered microseconds of the legs that are being settled, by leg; those that talked at all. */
type Talk = ReadonlyMap<string, number>;

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
 * is free of as many. Calls without inclusive seconds cost
 * no statement.
 */
export async function openHeldSeconds(
  tx: Queryable,
  database: Database,
  calls: readonly CallRow[],
  talk: Talk,
): Promise<HeldSeconds> {
  const entitled = calls.filter((call) => decisionOf(call).allowances !== undefined);
  const open = entitled.filter(isOpenCall);
  const released = talk.size > 0 ? entitled.filter(({ state }) => state === 'released') : [];
  const holds = [
    ...(await findAllowanceHolds(tx, idsOf(open))).map((hold) => ({ hold, seconds: hold.seconds })),
    ...(await freeAgain(tx, database, released)),
  ];
  const byCall = new Map(await holdLate(tx, database, lateCalls(calls, talk)));
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
  await lockMoney(tx, database, calls);
  const buckets = await lockBuckets(
    tx,
    holds.map(({ bucketId }) => bucketId),
  );
  const free = new Map([...buckets].map(([id, row]) => [id, freeSeconds(row)]));
  return holds.map((hold) => {
    const left = free.get(hold.bucketId) ?? 0;
    const seconds = Math.min(left, hold.seconds);
    free.set(hold.bucketId, left - seconds);
    return { hold: { ...hold, seconds: 0 }, seconds };
  });
}

/** A call that was let through while the database was away, and the seconds it talked. */
interface LateCall {
  readonly call: CallRow;
  readonly offers: readonly AllowanceOffer[];
  readonly talkedS: number;
}

function lateCalls(calls: readonly CallRow[], talk: Talk): readonly LateCall[] {
  return calls.flatMap((call): LateCall[] => {
    const { offers } = decisionOf(call);
    const billUs = talk.get(call.aLegUuid) ?? 0;
    if (offers === undefined || billUs === 0 || !isOpenCall(call)) return [];
    return [{ call, offers, talkedS: Math.ceil(billUs / 1_000_000) }];
  });
}

/** Sets inclusive seconds aside only now, for calls for which nobody could do it before. */
async function holdLate(
  tx: Queryable,
  database: Database,
  late: readonly LateCall[],
): Promise<readonly (readonly [string, readonly HeldTime[]])[]> {
  if (late.length === 0) return [];
  const calls = late.map(({ call }) => call);
  await lockMoney(tx, database, calls);
  const buckets = await openBuckets(
    tx,
    late.flatMap(({ offers }) => offers),
  );
  const free = new Map([...buckets.values()].map((row) => [row.id, freeSeconds(row)]));
  const held = late.map(({ call, offers, talkedS }) => {
    const usable = offers.flatMap((offer) => {
      const bucketId = buckets.get(bucketKey(offer))?.id ?? 0;
      const seconds = free.get(bucketId) ?? 0;
      return seconds === 0 ? [] : [{ bucketId, seconds, incrementS: offer.incrementS }];
    });
    const { used } = useIncluded(talkedS, usable);
    const times = usable.map(({ bucketId, incrementS }, index): HeldTime => {
      const seconds = used[index] ?? 0;
      free.set(bucketId, (free.get(bucketId) ?? 0) - seconds);
      return { hold: { callId: call.id, bucketId, seconds }, seconds, incrementS };
    });
    return [call.id, times.filter(({ seconds }) => seconds > 0)] as const;
  });
  const createdUs = Math.max(...calls.map((call) => call.createdUs));
  const holds = held.flatMap(([, times]) => times.map(({ hold }) => ({ ...hold, createdUs })));
  await holdAllowances(tx, holds);
  return held;
}

async function lockMoney(
  tx: Queryable,
  database: Database,
  calls: readonly CallRow[],
): Promise<void> {
  const payers = calls.flatMap((call) => decisionOf(call).payers);
  const creditLimit = new Decimal(0);
  await openPurses(
    tx,
    database,
    payers.map((payer) => ({ ...payer, creditLimit })),
  );
}

function idsOf(calls: readonly CallRow[]): readonly string[] {
  return calls.map((call) => call.id);
}
