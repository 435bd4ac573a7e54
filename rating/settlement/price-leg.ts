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
  /** Who was charged what by which rate; empty for a leg that was not answered. */
  readonly charges: readonly LegCharge[];
  readonly explanation: LegExplanation;
}

/** What one party is charged for a leg, and by which row of which release. */
export interface LegCharge {
  readonly role: 'payer' | 'carrier';
  /** An account for a payer, a carrier for a carrier. */
  readonly partyId: number;
  /** The account that sold to the payer, or that owes the carrier. */
  readonly counterpartId: number;
  /** 0 is the customer, 1 its reseller, and so on; 0 for a carrier. */
  readonly level: number;
  readonly sheetId: number;
  readonly releaseId: number;
  readonly rowId: number;
  readonly currency: string;
  /** Six decimals. */
  readonly amount: string;
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
    charges: billUs > 0 ? chargesOf(leg, payers, carrier) : [],
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

function chargesOf(
  { operatorAccountId }: LegToPrice,
  payers: readonly RatedPayer[],
  carrier: RatedRoute | null,
): readonly LegCharge[] {
  const charges: LegCharge[] = payers.map(({ payer, rated }, level) => ({
    role: 'payer',
    partyId: payer.accountId,
    counterpartId: payer.sellerAccountId,
    level,
    ...pricedBy(payer, rated),
  }));
  if (carrier === null || operatorAccountId === null) return charges;
  const { route, rated } = carrier;
  return [
    ...charges,
    {
      role: 'carrier',
      partyId: route.carrierId,
      counterpartId: operatorAccountId,
      level: 0,
      ...pricedBy(route, rated),
    },
  ];
}

function pricedBy({ rate, currency }: FrozenPayer | FrozenRoute, rated: RatedCall) {
  return {
    sheetId: rate.terms.sheetId,
    releaseId: rate.row.releaseId,
    rowId: rate.row.id,
    currency,
    amount: formatAmount(rated.cost),
  };
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
