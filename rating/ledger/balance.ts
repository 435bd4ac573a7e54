import { AMOUNT_DECIMALS, parseScaled, scaledToFixed } from '../money.js';
import type { LedgerEntry } from './types.js';

/** Thrown when entries of one transaction do not sum to zero in a currency. */
export class UnbalancedError extends Error {
  readonly currency: string;
  /** Sum of the entries: what is too much (or, negative, missing). */
  readonly difference: string;

  constructor(currency: string, difference: string) {
    super(`unbalanced_posting: ${currency} entries sum to ${difference}, not to 0.000000`);
    this.name = 'UnbalancedError';
    this.currency = currency;
    this.difference = difference;
  }
}

/** @throws UnbalancedError naming the first currency whose entries do not sum to zero. */
export function assertBalanced(entries: readonly LedgerEntry[]): void {
  const sums = new Map<string, bigint>();
  for (const { amount, currency } of entries) {
    sums.set(currency, (sums.get(currency) ?? 0n) + parseScaled(amount, AMOUNT_DECIMALS));
  }
  for (const [currency, sum] of sums) {
    if (sum !== 0n) throw new UnbalancedError(currency, scaledToFixed(sum, AMOUNT_DECIMALS));
  }
}
