import { rateCall } from '../call/rate-call.js';
import type { RatedCall } from '../call/rate-call.js';
import type { FrozenRate } from '../deck/types.js';

/** Who is charged: an account, an extension from its own money, or we by the carrier. */
export type ChargedRole = 'payer' | 'extension' | 'carrier';

/** What one party of a leg is charged by its own rate. */
export interface ChargeToPrice {
  /** A payer is never charged beyond the limit at which we cut the leg; a carrier counts all of it. */
  readonly role: ChargedRole;
  readonly rate: FrozenRate;
  /** Answered time in microseconds. */
  readonly billUs: number;
  /** Seconds the payers had been granted, of a leg that we cut at that limit; null for any other. */
  readonly cutAtSeconds: number | null;
  /** Seconds that inclusive time covers, off the front; the rest is priced like a call of its own. */
  readonly coveredSeconds?: number;
}

/**
 * The price of a leg for one party: the only place where it is computed, for calls that end and for
 * calls that are priced again.
 */
export function priceCharge(charge: ChargeToPrice): RatedCall {
  const { role, rate, billUs, cutAtSeconds, coveredSeconds } = charge;
  if (role === 'carrier') return rateCall(rate, billUs);
  return rateCall(rate, payerDuration(billUs, cutAtSeconds), coveredSeconds);
}

/** Microseconds that payers pay for: those of the leg, up to the limit at which it was cut. */
export function payerDuration(billUs: number, cutAtSeconds: number | null): number {
  return Math.min(billUs, (cutAtSeconds ?? Infinity) * 1_000_000);
}

/** The cause with which FreeSWITCH ends a leg at the time limit we gave it. */
const LIMIT_CAUSE = 'ALLOTTED_TIMEOUT';

/** The switch counts whole seconds and is given one more than was granted, to be never too early. */
const LATE_US = 1_000_000;

/**
 * The limit at which payers stop paying: the seconds granted to them, where we ourselves cut the leg or
 * it ended by itself in the moment that the switch cuts late. That moment is not theirs to pay: many
 * calls at once would take more from a balance than is there. Null for a leg of which its time tells
 * that the limit was not kept, so that what was used is charged.
 */
export function cutSeconds(
  hangupCause: string | null,
  grantedS: number | null,
  billUs: number,
): number | null {
  if (grantedS === null) return null;
  const isInTime = billUs <= grantedS * 1_000_000 + LATE_US;
  return isInTime || hangupCause === LIMIT_CAUSE ? grantedS : null;
}
