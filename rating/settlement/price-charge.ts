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

/**
 * The limit at which we ourselves cut a leg: the seconds granted to its payers, or null for a leg that
 * ended otherwise. The switch cuts a moment late, and that moment is not theirs to pay.
 */
export function cutSeconds(hangupCause: string | null, grantedS: number | null): number | null {
  return hangupCause === LIMIT_CAUSE ? grantedS : null;
}
