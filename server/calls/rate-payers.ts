import type { Deck } from '../../rating/deck/deck.js';
import { ratedNumber } from '../../rating/deck/rated-number.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { PlanContext } from './call-plan.js';
import type { DecisionStep, RefusalReason } from './decision.js';
import type { RatedCall } from './outbound-call.js';

/** A sheet that may price a call for a payer, and why it is asked. */
interface PayerSheet {
  readonly of: 'extension' | 'mobile' | 'account';
  readonly sheetId: number;
}

/** The number by which a deck is looked up: the one called, or where the call is really routed. */
export function lookupNumber(
  deck: Deck,
  call: { readonly destination: string; readonly routingNumber: string | null },
): string {
  return ratedNumber(deck.terms, { number: call.destination, routingNumber: call.routingNumber });
}

/** The chain from the customer up to, but without, the operator: each pays its own sheet's price. */
export function ratePayers(
  call: RatedCall,
  chain: readonly AccountRow[],
  context: PlanContext,
): readonly FrozenPayer[] | { readonly reason: RefusalReason } {
  const payers: FrozenPayer[] = [];
  for (const account of chain) {
    if (account.parentId === null) break;
    if (account.status !== 'active') return { reason: 'account_suspended' };
    const sheets = sheetsOf(call, account, payers.length === 0);
    const rate = ratePayer(call, account, sheets, context);
    if (rate === null) return { reason: 'no_rate' };
    if (rate.row.blocked) return { reason: 'destination_blocked' };
    const { id: accountId, parentId: sellerAccountId, currency } = account;
    payers.push({ accountId, sellerAccountId, currency, rate });
  }
  return payers.length === 0 ? { reason: 'no_rate' } : payers;
}

/** In the order in which they are asked: the first that has a rate for the number prices the call. */
function sheetsOf(call: RatedCall, account: AccountRow, isCustomer: boolean): PayerSheet[] {
  const extension = isCustomer ? call.owner.extension?.extension : undefined;
  const sheet = (of: PayerSheet['of'], sheetId: number | null | undefined): PayerSheet[] =>
    sheetId === null || sheetId === undefined ? [] : [{ of, sheetId }];
  return [
    ...sheet('extension', extension?.rateSheetId),
    ...sheet('mobile', call.isToMobile ? account.mobileRateSheetId : null),
    ...sheet('account', account.rateSheetId),
  ];
}

function ratePayer(
  call: RatedCall,
  account: AccountRow,
  sheets: readonly PayerSheet[],
  context: PlanContext,
): FrozenRate | null {
  const tried: PayerSheet[] = [];
  for (const sheet of sheets) {
    tried.push(sheet);
    const deck = context.snapshot.rates.deckBySheet.get(sheet.sheetId);
    if (deck === undefined) continue;
    const number = lookupNumber(deck, call);
    const rate = deck.find(number, context.nowMs, call.jurisdiction ?? 'unknown');
    if (rate === null) continue;
    // A price in a currency the account is not kept in cannot be charged: a mistake, never a guess.
    const isUsable = rate.terms.currency === account.currency;
    call.steps.push({
      ...payerStep(account, rate, tried),
      number,
      ...candidatesOf(deck, number, context.nowMs),
      ...(isUsable ? {} : { problem: 'currency_mismatch' }),
    });
    return isUsable ? rate : null;
  }
  call.steps.push({ kind: 'payer', accountId: account.id, tried, rate: null });
  return null;
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
  account: AccountRow,
  rate: FrozenRate,
  tried: readonly PayerSheet[],
): DecisionStep {
  const { row, terms, jurisdiction } = rate;
  return {
    kind: 'payer',
    accountId: account.id,
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
