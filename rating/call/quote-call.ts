import { totalIncluded, useIncluded } from '../allowance/use-included.js';
import type { IncludedTime, IncludedUse } from '../allowance/use-included.js';
import type { FrozenRate } from '../deck/types.js';
import type { Decimal } from '../money.js';
import { affordableSeconds } from './affordable-seconds.js';
import { rateAfter } from './rate-after.js';
import { rateSeconds } from './rate-call.js';
import type { RatedCall } from './rate-call.js';
import type { RatingStep } from './steps.js';

/** Somebody in the chain who has to be able to pay its own price of the call. */
export interface GrantPayer {
  /** Names the payer among those of the call, see `payerKey`. */
  readonly payerKey: string;
  readonly rate: FrozenRate;
  /** Balance plus limit less holds of other calls; what this call already holds counts as free. */
  readonly available: Decimal;
  /**
   * Inclusive time it may use before its money, in the order of use; what this call already holds
   * counts as free.
   */
  readonly included?: readonly IncludedTime[];
}

export interface GrantInput {
  readonly payers: readonly GrantPayer[];
  /** Seconds to grant now, counted from the answer; an extension passes the new total. */
  readonly sliceSeconds: number;
  /** The longest a call may last at all. */
  readonly maxSeconds: number;
}

export interface GrantHold {
  readonly payerKey: string;
  /** Money to set aside: the price of what is not covered. */
  readonly amount: Decimal;
  /** Seconds of the grant that inclusive time covers. */
  readonly coveredSeconds: number;
  /** Seconds to set aside of each inclusive time of the payer, in the order in which it was given. */
  readonly included: readonly number[];
}

/** How the grant was found, as plain JSON. */
export interface GrantStep {
  readonly kind: 'payer';
  readonly payerKey: string;
  readonly available: string;
  /** Inclusive seconds there were; absent where there was none. */
  readonly includedSeconds?: number;
  /** With inclusive time and money together. */
  readonly affordableSeconds: number;
  /** Price of the granted seconds for this payer; absent when the call is refused. */
  readonly price?: readonly RatingStep[];
}

export interface CallGrant {
  /** 0 refuses the call. */
  readonly seconds: number;
  /** The payer whose inclusive time and money end the call, or null when only slice or maximum do. */
  readonly limitedBy: string | null;
  /** What `seconds` take of each payer; empty when the call is refused. */
  readonly holds: readonly GrantHold[];
  readonly steps: readonly GrantStep[];
}

/**
 * How long a call may run before it is asked again, and what to set aside for that: the shortest
 * time any payer can afford, at most the slice. A payer whose money ends within its own grace time
 * covers no chargeable second, so the call is refused rather than cut after a free moment.
 *
 * Inclusive time is used first. Where the money after it does not buy the first block, the inclusive
 * time alone is the grant.
 */
export function grantCall(input: GrantInput): CallGrant {
  const cap = Math.min(input.sliceSeconds, input.maxSeconds);
  let seconds = cap;
  let limitedBy: string | null = null;
  const found: number[] = [];
  for (const payer of input.payers) {
    const affordable = usableSeconds(payer, cap);
    found.push(affordable);
    if (affordable < seconds) {
      seconds = affordable;
      limitedBy = payer.payerKey;
    }
  }
  const prices = seconds === 0 ? [] : input.payers.map((payer) => priceOf(payer, seconds));
  return {
    seconds,
    limitedBy,
    holds: input.payers.flatMap(({ payerKey }, index) => {
      const price = prices[index];
      if (price === undefined) return [];
      const { coveredSeconds, used } = price.use;
      return [{ payerKey, amount: price.rated.cost, coveredSeconds, included: used }];
    }),
    steps: input.payers.map((payer, index) =>
      grantStep(payer, found[index] ?? 0, prices[index]?.rated),
    ),
  };
}

function usableSeconds({ rate, available, included = [] }: GrantPayer, cap: number): number {
  const total = totalIncluded(included);
  if (total >= cap) return cap;
  const rest = cap - total;
  const affordable = affordableSeconds(rateAfter(rate, total), available, rest);
  const withinGrace = affordable < rest && affordable <= (rate.row.graceS ?? 0);
  return total + (withinGrace ? 0 : affordable);
}

interface GrantPrice {
  readonly rated: RatedCall;
  readonly use: IncludedUse;
}

function priceOf({ rate, included = [] }: GrantPayer, seconds: number): GrantPrice {
  const use = useIncluded(seconds, included);
  return { use, rated: rateSeconds(rate, seconds, use.coveredSeconds) };
}

function grantStep(
  { payerKey, available, included = [] }: GrantPayer,
  affordable: number,
  rated: RatedCall | undefined,
): GrantStep {
  return {
    kind: 'payer',
    payerKey,
    available: available.toFixed(),
    ...(included.length === 0 ? {} : { includedSeconds: totalIncluded(included) }),
    affordableSeconds: affordable,
    ...(rated === undefined ? {} : { price: rated.steps }),
  };
}
