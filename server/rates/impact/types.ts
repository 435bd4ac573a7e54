/** What one party was charged by the sheet in the period, and what the draft would charge it. */
export interface PartyImpact {
  readonly id: number;
  readonly code: string;
  /** Of every amount of this party. */
  readonly currency: string;
  /** Charges that have a price by the draft too; the amounts below are of them alone. */
  readonly calls: number;
  readonly old_amount: string;
  readonly new_amount: string;
  readonly difference: string;
  /** Charges the draft has no price for, and what they were. */
  readonly calls_without_rate: number;
  readonly amount_without_rate: string;
  /** Income less cost of those of the calls whose other side is known in this currency. */
  readonly margin_calls: number;
  readonly old_margin: string;
  readonly new_margin: string;
}

/** One call that the draft prices very differently, or not at all. */
export interface CallExample {
  readonly leg_uuid: string;
  readonly started_at: string;
  readonly number: string;
  readonly currency: string;
  readonly old_amount: string;
  readonly new_amount: string | null;
  /** Why there is no new amount. */
  readonly reason: string | null;
}

export interface Impact {
  readonly from: string;
  readonly to: string;
  readonly total: Omit<PartyImpact, 'id' | 'code'>;
  /** Those with the greatest difference; of a carrier's sheet the accounts whose calls they were. */
  readonly by_account: readonly PartyImpact[];
  readonly by_carrier: readonly PartyImpact[];
  /** Parties that are not in the lists, which are cut. */
  readonly accounts_left_out: number;
  readonly carriers_left_out: number;
  /** Calls left out of the margins for want of an exchange rate. */
  readonly calls_without_exchange_rate: number;
  readonly greatest_increases: readonly CallExample[];
  readonly without_rate: readonly CallExample[];
}
