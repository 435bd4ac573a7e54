import { useIncluded } from '../allowance/use-included.js';
import type { IncludedTime, IncludedUse } from '../allowance/use-included.js';
import type { RatedCall } from '../call/rate-call.js';
import type { RatingStep } from '../call/steps.js';
import { billableSeconds } from '../duration.js';
import { callPosting } from '../ledger/postings.js';
import type { LedgerEntry } from '../ledger/types.js';
import { Decimal, formatAmount } from '../money.js';
import { payerDuration, priceCharge } from './price-charge.js';
import type { ChargedRole } from './price-charge.js';
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
  /** Inclusive time the call holds for its first payer, in the order of use. */
  readonly included?: readonly IncludedTime[];
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
  /** Seconds of the leg that inclusive time paid for. */
  readonly coveredSeconds: number;
  /**
   * Seconds used of each inclusive time held, in the order in which it was given: with started
   * increments, never more than was held.
   */
  readonly usedSeconds: readonly number[];
  /** Who was charged what by which rate; empty for a leg that was not answered. */
  readonly charges: readonly LegCharge[];
  readonly explanation: LegExplanation;
}

/** What one party is charged for a leg, and by which row of which release. */
export interface LegCharge {
  readonly role: ChargedRole;
  /** An account for a payer, a carrier for a carrier, an extension that paid from its own money. */
  readonly partyId: number;
  /** The account that sold to the payer, or that owes the carrier. */
  readonly counterpartId: number;
  /** 0 is who pays first, 1 who sold to it, and so on; 0 for a carrier. */
  readonly level: number;
  readonly sheetId: number;
  readonly releaseId: number;
  readonly rowId: number;
  readonly currency: string;
  /** Six decimals. */
  readonly amount: string;
  /** Seconds of the leg that inclusive time paid for; the amount is the price of the others. */
  readonly coveredS: number;
}

export interface LegExplanation {
  /** Present where the payers are charged for the granted seconds, though the leg lasted longer. */
  readonly cutAtSeconds?: number;
  readonly payers: readonly ExplainedPayer[];
  readonly carrier: {
    readonly carrierId: number;
    readonly gatewayName: string;
    readonly steps: readonly RatingStep[];
  } | null;
}

export interface ExplainedPayer {
  readonly accountId: number;
  /** Present where the extension paid from its own money. */
  readonly extensionId?: number;
  readonly steps: readonly RatingStep[];
}

/**
 * Prices an ended leg from the rates frozen when its call was decided: every payer by its own sheet,
 * the carrier by its own, and the balanced entries that follow. Nothing is looked up.
 *
 * A carrier counts the whole leg; payers are never charged beyond the limit at which it was cut, so
 * what was held for it is always enough. Inclusive time is the first payer's: those above it pay for
 * every second.
 */
export function priceLeg(leg: LegToPrice): LegPrice {
  const { billUs, cutAtSeconds, route } = leg;
  const use = includedUse(leg);
  const payers = leg.payers.map((payer, level): RatedPayer => {
    const role = payer.extensionId === undefined ? 'payer' : 'extension';
    const coveredSeconds = level === 0 ? use.coveredSeconds : 0;
    const charge = { role, rate: payer.rate, billUs, cutAtSeconds, coveredSeconds } as const;
    return { payer, role, coveredSeconds, rated: priceCharge(charge) };
  });
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
    coveredSeconds: use.coveredSeconds,
    usedSeconds: use.used,
    charges: billUs > 0 ? chargesOf(leg, payers, carrier) : [],
    explanation: explanationOf(leg, payers, carrier),
  };
}

/** What the leg takes of the inclusive time held for it: nothing where it is free without that. */
function includedUse({ payers, included = [], billUs, cutAtSeconds }: LegToPrice): IncludedUse {
  const rate = payers[0]?.rate;
  if (rate === undefined || included.length === 0) return useIncluded(0, included);
  const talkUs = payerDuration(billUs, cutAtSeconds);
  const seconds = billableSeconds(talkUs, rate.terms.durationRounding);
  return useIncluded(seconds <= (rate.row.graceS ?? 0) ? 0 : seconds, included);
}

interface RatedPayer {
  readonly payer: FrozenPayer;
  readonly role: 'payer' | 'extension';
  readonly coveredSeconds: number;
  readonly rated: RatedCall;
}

interface RatedRoute {
  readonly route: FrozenRoute;
  readonly rated: RatedCall;
}

function explanationOf(
  { billUs, cutAtSeconds }: LegToPrice,
  payers: readonly RatedPayer[],
  carrier: RatedRoute | null,
): LegExplanation {
  const isCut = cutAtSeconds !== null && payerDuration(billUs, cutAtSeconds) < billUs;
  return {
    ...(isCut ? { cutAtSeconds } : {}),
    payers: payers.map(({ payer: { accountId, extensionId }, rated: { steps } }) => ({
      accountId,
      ...(extensionId === undefined ? {} : { extensionId }),
      steps,
    })),
    carrier:
      carrier === null
        ? null
        : {
            carrierId: carrier.route.carrierId,
            gatewayName: carrier.route.gatewayName,
            steps: carrier.rated.steps,
          },
  };
}

function chargesOf(
  { operatorAccountId }: LegToPrice,
  payers: readonly RatedPayer[],
  carrier: RatedRoute | null,
): readonly LegCharge[] {
  const charges = payers.map(({ payer, role, coveredSeconds, rated }, level): LegCharge => ({
    role,
    partyId: payer.extensionId ?? payer.accountId,
    counterpartId: payer.sellerAccountId,
    level,
    ...pricedBy(payer, rated),
    coveredS: coveredSeconds,
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
      coveredS: 0,
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
      ...(payer.extensionId === undefined ? {} : { extensionId: payer.extensionId }),
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
