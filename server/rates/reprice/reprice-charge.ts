import type { ChargeToReprice } from '../../../db/repositories/leg-charges.js';
import type { RatingStep } from '../../../rating/call/steps.js';
import { UnsupportedRateError } from '../../../rating/call/unsupported.js';
import type { RatedCall } from '../../../rating/call/rate-call.js';
import { ratedNumber } from '../../../rating/deck/rated-number.js';
import type { DeckTerms, FrozenRate, Jurisdiction } from '../../../rating/deck/types.js';
import { formatAmount } from '../../../rating/money.js';
import { priceCharge } from '../../../rating/settlement/price-charge.js';

/** A deck, as far as pricing needs it; a whole release or only the rows of a few numbers. */
export interface RepriceDeck {
  readonly terms: DeckTerms;
  find(number: string, atMs: number, jurisdiction?: Jurisdiction): FrozenRate | null;
}

/**
 * Why a charge cannot be priced: the deck has no row for the number at that time, or only a blocked
 * one, is in another currency than the charge, or splits prices over slots it does not know.
 */
export type NoRateReason = 'no_row' | 'blocked' | 'other_currency' | 'unsupported';

export type Repriced =
  | {
      readonly kind: 'priced';
      /** Six decimals. */
      readonly amount: string;
      readonly releaseId: number;
      readonly rowId: number;
      readonly steps: readonly RatingStep[];
    }
  | { readonly kind: 'no_rate'; readonly reason: NoRateReason };

/**
 * What a charge would be by another deck: the same look-up as when a call is decided and the same
 * price as when it is settled, for the number, instant, jurisdiction and talk time of that call. A
 * charge without a rate is left to the caller, who must never take it for a price of nothing.
 */
export function repriceCharge(charge: ChargeToReprice, deck: RepriceDeck): Repriced {
  if (deck.terms.currency !== charge.currency) return noRate('other_currency');
  const rate = deck.find(
    ratedNumber(deck.terms, charge),
    Math.floor(charge.startUs / 1000),
    charge.jurisdiction ?? undefined,
  );
  if (rate === null) return noRate('no_row');
  if (rate.row.blocked) return noRate('blocked');
  const rated = price(charge, rate);
  if (rated === null) return noRate('unsupported');
  return {
    kind: 'priced',
    amount: formatAmount(rated.cost),
    releaseId: rate.row.releaseId,
    rowId: rate.row.id,
    steps: rated.steps,
  };
}

function price(charge: ChargeToReprice, rate: FrozenRate): RatedCall | null {
  const { role, billUs, cutAtSeconds, coveredS: coveredSeconds } = charge;
  try {
    return priceCharge({ role, rate, billUs, cutAtSeconds, coveredSeconds });
  } catch (error) {
    if (error instanceof UnsupportedRateError) return null;
    throw error;
  }
}

function noRate(reason: NoRateReason): Repriced {
  return { kind: 'no_rate', reason };
}
