import {
  AMOUNT_DECIMALS,
  PRICE_DECIMALS,
  powerOfTen,
  roundRatio,
  scaledToFixed,
} from '../money.js';
import { roundSafeRatio, safeToFixed } from '../safe-amounts.js';

/** Decimals an exchange rate may have. */
export const EXCHANGE_DECIMALS = 10;
/**
 * Decimals in which costs are compared: a charged price has at most eight, an exchange rate ten, so
 * their product is a whole number here and nothing is rounded before routes are compared.
 */
export const COMPARED_DECIMALS = PRICE_DECIMALS + EXCHANGE_DECIMALS;
const ONE = powerOfTen(EXCHANGE_DECIMALS);
const TO_AMOUNT = 10 ** (PRICE_DECIMALS - AMOUNT_DECIMALS);

/** What a call of some length costs by one rate, in the rate's own currency. */
export class ExpectedCost {
  readonly seconds: number;
  /** Integer of 10^-8 money units. */
  readonly cost: bigint;
  /** Integer of `10^-COMPARED_DECIMALS` units. */
  readonly compared: bigint;
  /** Six decimals. */
  readonly shown: string;
  /** The cost where a double holds it exactly, else NaN. */
  private readonly safe: number;
  private price = -1n;
  private margin = '';

  /** `cost` is an integer of 10^-8 money units, a number only where it is a safe one. */
  constructor(seconds: number, cost: bigint | number) {
    this.seconds = seconds;
    this.cost = BigInt(cost);
    this.compared = this.cost * ONE;
    this.safe = toSafe(cost);
    this.shown = showSafe(this.safe) ?? showAmount(this.cost, PRICE_DECIMALS);
  }

  /** As it is, eight decimals. */
  get exactly(): string {
    const { safe } = this;
    return Number.isNaN(safe) ? showExactly(this.compared) : safeToFixed(safe, PRICE_DECIMALS);
  }

  /** What it leaves of a price in the same currency, six decimals; the last is remembered. */
  marginTo(price: ExpectedCost): string {
    if (this.price !== price.cost) {
      this.margin =
        showSafe(price.safe - this.safe) ?? showAmount(price.cost - this.cost, PRICE_DECIMALS);
      this.price = price.cost;
    }
    return this.margin;
  }
}

function toSafe(cost: bigint | number): number {
  // Not money: a whole count of the smallest units, exact in a double or given up as NaN.
  const safe = Number(cost);
  return Number.isSafeInteger(safe) ? safe : Number.NaN;
}

/** An integer of 10^-8 units for people, or null where it is not a safe one. */
function showSafe(value: number): string | null {
  if (!Number.isSafeInteger(value)) return null;
  const rounded = roundSafeRatio(Math.abs(value), TO_AMOUNT, 'half_up');
  return safeToFixed(value < 0 ? -rounded : rounded, AMOUNT_DECIMALS);
}

/** A compared amount for people: rounded half up to six decimals. */
export function showCompared(value: bigint): string {
  return showAmount(value, COMPARED_DECIMALS);
}

/** A compared amount as it is: eight decimals, and more only where an exchange rate left some. */
export function showExactly(value: bigint): string {
  return value % ONE === 0n
    ? scaledToFixed(value / ONE, PRICE_DECIMALS)
    : scaledToFixed(value, COMPARED_DECIMALS).replace(/0+$/, '');
}

function showAmount(value: bigint, from: number): string {
  const rounded = roundRatio(value, powerOfTen(from), AMOUNT_DECIMALS, 'half_up');
  return scaledToFixed(rounded, AMOUNT_DECIMALS);
}
