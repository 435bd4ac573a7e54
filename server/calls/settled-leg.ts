import { cutSeconds } from '../../rating/settlement/price-charge.js';
import { priceLeg } from '../../rating/settlement/price-leg.js';
import type { LegPrice } from '../../rating/settlement/price-leg.js';
import type { IncludedTime } from '../../rating/allowance/use-included.js';
import { Decimal } from '../../rating/money.js';
import type { DaySpending } from '../../db/repositories/account-days.js';
import type { NewLegCharge } from '../../db/repositories/leg-charges.js';
import type { Posting } from '../../db/repositories/ledger.js';
import type { LegDifference, NewLeg } from '../../db/repositories/legs.js';
import { asciiWord } from './ascii-text.js';
import { isPaidLeg } from './match-leg.js';
import type { LegMatch } from './match-leg.js';
import type { LegEnded, LegIdentity } from './reports.js';
import { postingKey } from './posting-key.js';

export interface SettledLeg {
  readonly leg: NewLeg;
  /** Null where the leg costs nobody anything. */
  readonly posting: Posting | null;
  /** What each party of an answered, paid leg was charged, and by which rate. */
  readonly charges: readonly NewLegCharge[];
  /** Seconds used of each inclusive time, in the order given. */
  readonly usedSeconds: readonly number[];
  /** What it adds to the day of payers with a daily limit. */
  readonly spending: readonly DaySpending[];
}

/**
 * The CDR of an ended leg and what is to be posted for it. Only paid legs cost money. `included` is
 * the inclusive time its call may use for it, in the order of use.
 */
export function settledLeg(
  item: { readonly report: LegEnded; readonly switchId: number },
  match: LegMatch,
  included: readonly IncludedTime[],
): SettledLeg {
  const { report, switchId } = item;
  const price = priceOf(report, match, included);
  const leg: NewLeg = {
    ...legColumns(report, match, switchId),
    state: 'settled',
    startUs: report.startUs,
    progressUs: report.progressUs,
    answerUs: report.answerUs,
    endUs: report.endUs,
    billUs: report.billUs,
    lastSeenUs: report.endUs,
    billedS: price.billedSeconds,
    price: price.price,
    currency: price.currency,
    cost: price.cost,
    costCurrency: price.costCurrency,
    hangupCause: asciiWord(report.hangupCause, 64),
    protocolCause: report.protocolCause === null ? null : asciiWord(report.protocolCause, 32),
    disposition: report.disposition === null ? null : asciiWord(report.disposition, 64),
    source: report.source,
    explanation: price.explanation,
  };
  return {
    leg,
    posting: postingOf(report, match, price),
    charges: chargesOf(leg, match, price),
    usedSeconds: price.usedSeconds,
    spending: spendingOf(match, price),
  };
}

function spendingOf({ decision }: LegMatch, { charges }: LegPrice): readonly DaySpending[] {
  return (decision?.dailyLimits ?? []).flatMap(({ accountId, day }) =>
    charges
      .filter(({ role, partyId }) => role === 'payer' && partyId === accountId)
      .map(({ amount }) => ({ accountId, day, amount: new Decimal(amount) })),
  );
}

function chargesOf(
  { legUuid }: Pick<NewLeg, 'legUuid'>,
  { call }: LegMatch,
  price: LegPrice,
): readonly NewLegCharge[] {
  if (call === null) return [];
  return price.charges.map((charge) => ({ legUuid, ...charge, startUs: call.createdUs }));
}

/** Which leg it is and what it belongs to, as it is stored when it is answered and when it is over. */
export function legColumns(leg: LegIdentity, match: LegMatch, switchId: number) {
  return {
    legUuid: leg.legUuid,
    callId: match.call?.id ?? null,
    switchId,
    coreUuid: asciiWord(leg.coreUuid, 36),
    kind: match.kind,
    routeIndex: match.routeIndex,
    carrierId: match.route?.carrierId ?? null,
    gatewayId: match.route?.gatewayId ?? null,
    gatewayName: leg.gatewayName === null ? null : asciiWord(leg.gatewayName, 64),
    destination: leg.destination.slice(0, 64),
    callerNumber: leg.callerNumber.slice(0, 64),
  };
}

function priceOf(report: LegEnded, match: LegMatch, included: readonly IncludedTime[]): LegPrice {
  return priceLeg({
    payers: isPaidLeg(match) ? match.decision.payers : [],
    route: match.route,
    operatorAccountId: match.decision?.operatorAccountId ?? null,
    billUs: report.billUs,
    cutAtSeconds: cutSeconds(report.hangupCause, match.call?.grantedS ?? null, report.billUs),
    ...(included.length === 0 ? {} : { included }),
  });
}

function postingOf(report: LegEnded, match: LegMatch, price: LegPrice): Posting | null {
  if (price.entries.length === 0) return null;
  return {
    idempotencyKey: postingKey(report.legUuid),
    kind: 'call',
    reference: report.legUuid,
    memo: `Call to ${match.call?.destination ?? report.destination}`.slice(0, 255),
    entries: price.entries,
  };
}

/** Reports that are further apart than this are told to a person. */
const TOLERANCE_US = 1_000_000;

/** What two final reports of one leg have to agree on, as stored or as reported. */
export type FinalWord = Pick<NewLeg, 'billUs' | 'hangupCause'>;

/** True when two reports tell of one end: the same cause, and at most a second of talk apart. */
export function isSameEnd(first: FinalWord, second: FinalWord): boolean {
  const apart = Math.abs((first.billUs ?? 0) - (second.billUs ?? 0));
  return apart <= TOLERANCE_US && storedCause(first) === storedCause(second);
}

/** Causes are compared as they are stored; making a stored one storable changes nothing. */
function storedCause({ hangupCause }: FinalWord): string | null {
  return hangupCause === null || hangupCause === undefined ? null : asciiWord(hangupCause, 64);
}

/**
 * What a later final report says differently from the one that was settled, or null when they agree:
 * more than a second of answered time, or another cause.
 */
export function compareReports(
  settled: Pick<NewLeg, 'billUs' | 'hangupCause' | 'source' | 'endUs'>,
  report: LegEnded,
): LegDifference | null {
  if (isSameEnd(settled, report)) return null;
  return {
    legUuid: report.legUuid,
    settled: {
      billUs: settled.billUs,
      hangupCause: settled.hangupCause,
      endUs: settled.endUs,
      source: settled.source,
    },
    reported: {
      billUs: report.billUs,
      hangupCause: storedCause(report),
      endUs: report.endUs,
      source: report.source,
    },
  };
}
