import { scaledToFixed } from '../../../rating/money.js';
import type { PartyImpact } from './types.js';

/** One charge as it is added up; amounts in millionths of its currency. */
export interface PricedTwice {
  readonly oldAmount: bigint;
  /** Null where the draft has no price. */
  readonly newAmount: bigint | null;
  /** What the other side paid or asked, in the same currency; null where that is not known. */
  readonly otherSide: bigint | null;
  /** Whether the sheet's side is what comes in. */
  readonly isIncome: boolean;
}

type Amounts = Omit<PartyImpact, 'id' | 'code'>;

/** Sums of one party. */
export class PartyTotals {
  private calls = 0;
  private oldAmount = 0n;
  private newAmount = 0n;
  private missing = 0;
  private missingAmount = 0n;
  private marginCalls = 0;
  private oldMargin = 0n;
  private newMargin = 0n;

  constructor(readonly currency: string) {}

  /** How far the party is affected, for the order of a list. */
  get weight(): bigint {
    const difference = this.newAmount - this.oldAmount;
    return (difference < 0n ? -difference : difference) + this.missingAmount;
  }

  add({ oldAmount, newAmount, otherSide, isIncome }: PricedTwice): void {
    if (newAmount === null) {
      this.missing += 1;
      this.missingAmount += oldAmount;
      return;
    }
    this.calls += 1;
    this.oldAmount += oldAmount;
    this.newAmount += newAmount;
    if (otherSide === null) return;
    this.marginCalls += 1;
    this.oldMargin += isIncome ? oldAmount - otherSide : otherSide - oldAmount;
    this.newMargin += isIncome ? newAmount - otherSide : otherSide - newAmount;
  }

  shown(): Amounts {
    return {
      currency: this.currency,
      calls: this.calls,
      old_amount: shownAmount(this.oldAmount),
      new_amount: shownAmount(this.newAmount),
      difference: shownAmount(this.newAmount - this.oldAmount),
      calls_without_rate: this.missing,
      amount_without_rate: shownAmount(this.missingAmount),
      margin_calls: this.marginCalls,
      old_margin: shownAmount(this.oldMargin),
      new_margin: shownAmount(this.newMargin),
    };
  }
}

export function shownAmount(millionths: bigint): string {
  return scaledToFixed(millionths, 6);
}
