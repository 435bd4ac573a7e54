import { AMOUNT_DECIMALS, parseScaled, scaledToFixed, toMoney } from '../money.js';
import type { MoneyInput } from '../money.js';
import type { PayerIdentity } from '../settlement/payer-key.js';
import { assertBalanced } from './balance.js';
import { creditOf } from './credit-of.js';
import type { LedgerAccountKind, LedgerAccountRef, LedgerEntry } from './types.js';

/** One level of the chain that pays for a call: an account or a wallet, and who sold it the call. */
export interface CallPayer extends PayerIdentity {
  readonly sellerAccountId: number;
  readonly amount: MoneyInput;
  readonly currency: string;
}

/** What the carrier charges the operator for the call. */
export interface CallCarrier {
  readonly carrierId: number;
  readonly operatorAccountId: number;
  readonly amount: MoneyInput;
  readonly currency: string;
}

export interface CallPosting {
  readonly payers: readonly CallPayer[];
  readonly carrier: CallCarrier | null;
}

/** Money of an account, or of an extension of it that has its own. */
export interface AccountPosting extends PayerIdentity {
  readonly amount: MoneyInput;
  readonly currency: string;
}

/**
 * Entries of one settled call: each payer's credit falls and its seller's revenue grows by the
 * price; the operator's cost and what is owed to the carrier follow. Prices are never negative.
 * A payer of 1.5 gives `client_credit -1.500000`, `call_revenue 1.500000`.
 */
export function callPosting({ payers, carrier }: CallPosting): readonly LedgerEntry[] {
  const sales = payers.flatMap((payer) => saleEntries(payer, chargeUnits(payer.amount)));
  return balanced(
    carrier === null ? sales : [...sales, ...carrierEntries(carrier, chargeUnits(carrier.amount))],
  );
}

/**
 * Entries that put a settled call right: of each party the difference between what it should have
 * been charged and what it was. A positive difference is charged like a call, a negative one is a
 * credit note: the same accounts, the other way. Parties without a difference are left out.
 * A payer of -0.3 gives `client_credit 0.300000`, `call_revenue -0.300000`.
 */
export function correctionPosting({ payers, carrier }: CallPosting): readonly LedgerEntry[] {
  const sales = payers.flatMap((payer) => saleEntries(payer, toUnits(payer.amount)));
  return balanced(
    carrier === null ? sales : [...sales, ...carrierEntries(carrier, toUnits(carrier.amount))],
  );
}

/** One extension's own money, and how much of its account's credit is moved there, or back. */
export interface WalletTransfer {
  readonly accountId: number;
  readonly extensionId: number;
  /** Positive: from the account to the extension; negative: back. */
  readonly amount: MoneyInput;
  readonly currency: string;
}

/** Entries of money received from a client: its credit grows, the clearing account has it. */
export function paymentPosting(payment: AccountPosting): readonly LedgerEntry[] {
  const { accountId, currency } = payment;
  const amount = chargeUnits(payment.amount);
  return balanced(
    transfer(ofAccount('payment_clearing', accountId), creditOf(payment), { amount, currency }),
  );
}

/** Entries of money that an account and its extension move between them. */
export function transferPosting(moved: WalletTransfer): readonly LedgerEntry[] {
  const { accountId, currency } = moved;
  const amount = toUnits(moved.amount);
  return balanced(transfer(creditOf({ accountId }), creditOf(moved), { amount, currency }));
}

/** Entries of a correction by hand: a positive amount gives the client credit, a negative takes. */
export function adjustmentPosting(adjustment: AccountPosting): readonly LedgerEntry[] {
  const { accountId, currency } = adjustment;
  const amount = toUnits(adjustment.amount);
  return balanced(
    transfer(ofAccount('adjustment', accountId), creditOf(adjustment), { amount, currency }),
  );
}

/** The entries that undo others: the same accounts, the opposite amounts. */
export function reversalPosting(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return balanced(
    entries.map((entry) => {
      const units = -parseScaled(entry.amount, AMOUNT_DECIMALS);
      return { ...entry, amount: scaledToFixed(units, AMOUNT_DECIMALS) };
    }),
  );
}

function saleEntries(payer: CallPayer, amount: bigint): readonly LedgerEntry[] {
  const { sellerAccountId, currency } = payer;
  return transfer(creditOf(payer), ofAccount('call_revenue', sellerAccountId), {
    amount,
    currency,
  });
}

function carrierEntries(carrier: CallCarrier, amount: bigint): readonly LedgerEntry[] {
  const { carrierId, operatorAccountId, currency } = carrier;
  return transfer(
    ofAccount('carrier_cost', operatorAccountId),
    { kind: 'carrier_payable', ownerType: 'carrier', ownerId: carrierId },
    { amount, currency },
  );
}

function ofAccount(kind: LedgerAccountKind, ownerId: number): LedgerAccountRef {
  return { kind, ownerType: 'account', ownerId };
}

/** A pair of entries that takes from one account and gives to another; none for nothing. */
function transfer(
  from: LedgerAccountRef,
  to: LedgerAccountRef,
  { amount, currency }: { readonly amount: bigint; readonly currency: string },
): readonly LedgerEntry[] {
  if (amount === 0n) return [];
  return [
    { account: from, amount: scaledToFixed(-amount, AMOUNT_DECIMALS), currency },
    { account: to, amount: scaledToFixed(amount, AMOUNT_DECIMALS), currency },
  ];
}

function balanced(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  assertBalanced(entries);
  return entries;
}

/** Millionths of a money unit. @throws RangeError `too_many_decimals` when something would be lost. */
function toUnits(amount: MoneyInput): bigint {
  return parseScaled(toMoney(amount).toFixed(), AMOUNT_DECIMALS);
}

function chargeUnits(amount: MoneyInput): bigint {
  const units = toUnits(amount);
  if (units < 0n) throw new RangeError('negative_amount: post a reversal or an adjustment instead');
  return units;
}
