/** What a ledger account collects. */
export type LedgerAccountKind =
  | 'client_credit'
  | 'call_revenue'
  | 'carrier_cost'
  | 'carrier_payable'
  | 'payment_clearing'
  | 'adjustment';

/** One ledger account: a kind, of one account or carrier. */
export interface LedgerAccountRef {
  readonly kind: LedgerAccountKind;
  readonly ownerType: 'account' | 'carrier' | 'extension';
  readonly ownerId: number;
}

/**
 * One side of a transaction. The entries of a transaction sum to zero in each currency. The sign is
 * that of what we owe or earned: `client_credit` +: the client has that much with us; `call_revenue`
 * +: earned; `carrier_payable` +: we owe the carrier; and `carrier_cost`, `payment_clearing` -: spent,
 * or received into our hands.
 */
export interface LedgerEntry {
  readonly account: LedgerAccountRef;
  /** Signed, always with six decimals. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}
