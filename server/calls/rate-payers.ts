import type { Deck } from '../../rating/deck/deck.js';
import { ratedNumber } from '../../rating/deck/rated-number.js';
import type { FrozenRate, Jurisdiction } from '../../rating/deck/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { PlanContext } from './call-plan.js';
import type { DecisionStep, RefusalReason } from './decision.js';
import type { PayerLevel, PayerSheet } from './payer-sheets.js';

/** The number by which a deck is looked up: the one called, or where the call is really routed. */
export function lookupNumber(
  deck: Deck,
  call: { readonly destination: string; readonly routingNumber: string | null },
): string {
  return ratedNumber(deck.terms, { number: call.destination, routingNumber: call.routingNumber });
}

/** A call of which it is known where it goes, for those who are to be charged for it. */
export interface CallToPrice {
  readonly destination: string;
  readonly routingNumber: string | null;
  readonly jurisdiction: Jurisdiction | null;
  readonly steps: DecisionStep[];
}

/** Each level of the chain at the price of its own sheet; all of them have to have one. */
export function ratePayers(
  call: CallToPrice,
  levels: readonly PayerLevel[],
  context: PlanContext,
): readonly FrozenPayer[] | { readonly reason: RefusalReason } {
  const payers: FrozenPayer[] = [];
  for (const level of levels) {
    const rate = rateLevel(call, level, context);
    if (rate === null) return { reason: 'no_rate' };
    if (rate.row.blocked) return { reason: 'destination_blocked' };
    const { account, wallet, sellerAccountId } = level;
    payers.push({
      accountId: account.id,
      ...(wallet === undefined ? {} : { extensionId: wallet.extension.id }),
      sellerAccountId,
      currency: account.currency,
      rate,
    });
  }
  return payers.length === 0 ? { reason: 'no_rate' } : payers;
}

function rateLevel(call: CallToPrice, level: PayerLevel, context: PlanContext): FrozenRate | null {
  const tried: PayerSheet[] = [];
  for (const sheet of level.sheets) {
    tried.push(sheet);
    const deck = context.snapshot.rates.deckBySheet.get(sheet.sheetId);
    if (deck === undefined) continue;
    const number = lookupNumber(deck, call);
    const rate = deck.find(number, context.nowMs, call.jurisdiction ?? 'unknown');
    if (rate === null) continue;
    // A price in a currency the account is not kept in cannot be charged: a mistake, never a guess.
    const isUsable = rate.terms.currency === level.account.currency;
    call.steps.push({
      ...payerStep(level, rate, tried),
      number,
      ...candidatesOf(deck, number, context.nowMs),
      ...(isUsable ? {} : { problem: 'currency_mismatch' }),
    });
    return isUsable ? rate : null;
  }
  call.steps.push({ ...whoPays(level), tried, rate: null });
  return null;
}

/** Whose money it is, and for whom where that is not the same. */
function whoPays({ account, wallet, branch }: PayerLevel): DecisionStep {
  return {
    kind: 'payer',
    accountId: account.id,
    ...(wallet === undefined
      ? {}
      : {
          extensionId: wallet.extension.id,
          wallet: `${wallet.extension.number}@${wallet.domain}`,
        }),
    ...(branch === undefined ? {} : { paysFor: branch.id }),
  };
}

/** Rows that might have priced the call too, where there are any, and why they did not. */
function candidatesOf(deck: Deck, number: string, nowMs: number) {
  const candidates = deck.explain(number, nowMs);
  if (candidates.length < 2) return {};
  return {
    candidates: candidates.map(({ row, outcome }) => ({
      rowId: row.id,
      prefix: row.prefix,
      ratePerMinute: row.ratePerMinute,
      outcome,
    })),
  };
}

function payerStep(
  level: PayerLevel,
  rate: FrozenRate,
  tried: readonly PayerSheet[],
): DecisionStep {
  const { row, terms, jurisdiction } = rate;
  return {
    ...whoPays(level),
    tried,
    sheet: terms.sheetName,
    sheetId: terms.sheetId,
    releaseId: row.releaseId,
    rowId: row.id,
    prefix: row.prefix,
    destination: row.destination,
    currency: terms.currency,
    ratePerMinute: row.ratePerMinute,
    connectFee: row.connectFee,
    ...(row.blocked ? { blocked: true } : {}),
    ...(jurisdiction === undefined ? {} : { column: jurisdiction.column }),
  };
}
