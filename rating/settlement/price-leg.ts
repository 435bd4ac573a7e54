import type { RatedCall } from '../call/rate-call.js';
import type { RatingStep } from '../call/steps.js';
import { callPosting } from '../ledger/postings.js';
import type { LedgerEntry } from '../ledger/types.js';
import { Decimal, formatAmount } from '../money.js';
import { payerDuration, priceCharge } from './price-charge.js';
import type { FrozenPayer, FrozenRoute } from './types.js';

const ZERO_COST = new Decimal(0);

export interface LegToPrice {
  /** The chain that pays, customer first; empty for a free leg. */
  readonly payers: readonly FrozenPayer[];
  /** The way the leg went; null when its carrier is not known, which leaves the cost at nothing. */
  readonly route: FrozenRoute | null;
  readonly operatorAccountId: number | null;
  /** Answered time in microseconds. */
  readonly billUs: number;
  /**
   * Seconds the payers had been granted, for a leg that we ourselves cut at that limit: the switch
   * cuts a moment late, and that moment is not theirs to pay. Null for a leg that ended otherwise.
   */
  readonly cutAtSeconds: number | null;
}

/** What a leg costs whom, ready to be stored and posted. */
export interface LegPrice {
  /** The first payer's price; `0.000000` for a free or unanswered leg. */
  readonly price: string;
  readonly currency: string | null;
  readonly billedSeconds: number;
  readonly cost: string;
  readonly costCurrency: string | null;
  readonly entries: readonly LedgerEntry[];
  readonly explanation: LegExplanation;
}

export interface LegExplanation {
  /** Present where the payers are charged for the granted seconds, though the leg lasted longer. */
  readonly cutAtSeconds?: number;
  readonly payers: readonly { readonly accountId: number; readonly steps: readonly RatingStep[] }[];
  readonly carrier: {
    readonly carrierId: number;
    readonly gatewayName: string;
    readonly steps: readonly RatingStep[];
  } | null;
}

/**
 * Prices an ended leg from the rates frozen when its call was decided: every payer by its own sheet,
 * the carrier by its own, and the balanced entries that follow. Nothing is looked up.
 *
 * A carrier counts the whole leg; payers are never charged beyond the limit at which it was cut, so
 * what was held for it is always enough.
 */
export function priceLeg(leg: LegToPrice): LegPrice {
  const { billUs, cutAtSeconds, route } = leg;
  const payerUs = payerDuration(billUs, cutAtSeconds);
  const payers = leg.payers.map((payer) => ({
    payer,
    rated: priceCharge({ role: 'payer', rate: payer.rate, billUs, cutAtSeconds }),
  }));
  const carrier =
    route === null
      ? null
      : {
          route,
          rated: priceCharge({ role: 'carrier', rate: route.rate, billUs, cutAtSeconds }),
        };
  const first = payers[0];
  return {
    price: formatAmount(first?.rated.cost ?? ZERO_COST),
    currency: first?.payer.currency ?? null,
    billedSeconds: first?.rated.billedSeconds ?? 0,
    cost: formatAmount(carrier?.rated.cost ?? ZERO_COST),
    costCurrency: carrier?.route.currency ?? null,
    entries: postingOf(leg, payers, carrier),
    explanation: {
      ...(leg.cutAtSeconds !== null && payerUs < leg.billUs
        ? { cutAtSeconds: leg.cutAtSeconds }
        : {}),
      payers: payers.map(({ payer, rated }) => ({
        accountId: payer.accountId,
        steps: rated.steps,
      })),
      carrier:
        carrier === null
          ? null
          : {
              carrierId: carrier.route.carrierId,
              gatewayName: carrier.route.gatewayName,
              steps: carrier.rated.steps,
            },
    },
  };
}

interface RatedPayer {
  readonly payer: FrozenPayer;
  readonly rated: RatedCall;
}

interface RatedRoute {
  readonly route: FrozenRoute;
  readonly rated: RatedCall;
}

function postingOf(
  leg: LegToPrice,
  payers: readonly RatedPayer[],
  carrier: RatedRoute | null,
): readonly LedgerEntry[] {
  return callPosting({
    payers: payers.map(({ payer, rated }) => ({
      accountId: payer.accountId,
      sellerAccountId: payer.sellerAccountId,
      amount: formatAmount(rated.cost),
      currency: payer.currency,
    })),
    carrier:
      carrier === null || leg.operatorAccountId === null
        ? null
        : {
            carrierId: carrier.route.carrierId,
            operatorAccountId: leg.operatorAccountId,
            amount: formatAmount(carrier.rated.cost),
            currency: carrier.route.currency,
          },
  });
}
