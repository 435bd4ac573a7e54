import type { FrozenRate } from '../deck/types.js';
import type { Decimal } from '../money.js';
import { affordableSeconds } from './affordable-seconds.js';
import { rateSeconds } from './rate-call.js';
import type { RatingStep } from './steps.js';

/** Somebody in the chain who has to be able to pay its own price of the call. */
export interface GrantPayer {
  /** Names the payer among those of the call, see `payerKey`. */
  readonly payerKey: string;
  readonly rate: FrozenRate;
  /** Balance plus limit less holds of other calls; what this call already holds counts as free. */
  readonly available: Decimal;
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
  readonly amount: Decimal;
}

/** How the grant was found, as plain JSON. */
export interface GrantStep {
  readonly kind: 'payer';
  readonly payerKey: string;
  readonly available: string;
  readonly affordableSeconds: number;
  /** Price of the granted seconds for this payer; absent when the call is refused. */
  readonly price?: readonly RatingStep[];
}

export interface CallGrant {
  /** 0 refuses the call. */
  readonly seconds: number;
  /** The payer whose money ends the call, or null when only slice or maximum do. */
  readonly limitedBy: string | null;
  /** Cost of `seconds` for each payer; empty when the call is refused. */
  readonly holds: readonly GrantHold[];
  readonly steps: readonly GrantStep[];
}

/**
 * How long a call may run before it is asked again, and what to set aside for that: the shortest
 * time any payer can afford, at most the slice. A payer whose money ends within its own grace time
 * covers no chargeable second, so the call is refused rather than cut after a free moment.
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
  const prices = seconds === 0 ? [] : input.payers.map(({ rate }) => rateSeconds(rate, seconds));
  return {
    seconds,
    limitedBy,
    holds: input.payers.flatMap(({ payerKey }, index) => {
      const price = prices[index];
      return price === undefined ? [] : [{ payerKey, amount: price.cost }];
    }),
    steps: input.payers.map((payer, index) => ({
      kind: 'payer',
      payerKey: payer.payerKey,
      available: payer.available.toFixed(),
      affordableSeconds: found[index] ?? 0,
      ...(prices[index] === undefined ? {} : { price: prices[index].steps }),
    })),
  };
}

function usableSeconds({ rate, available }: GrantPayer, cap: number): number {
  const affordable = affordableSeconds(rate, available, cap);
  const withinGrace = affordable < cap && affordable <= (rate.row.graceS ?? 0);
  return withinGrace ? 0 : affordable;
}
