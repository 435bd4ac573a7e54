import { roundedCost } from '../call/call-cost.js';
import { compileRate } from '../call/compiled-rate.js';
import type { FrozenRate } from '../deck/types.js';
import { AMOUNT_DECIMALS, PRICE_DECIMALS, parseScaled } from '../money.js';
import { powerOfTen, roundRatio, scaledToFixed } from '../money.js';

/** Decimals an exchange rate may have. */
const EXCHANGE_DECIMALS = 10;
/**
 * Decimals in which costs are compared: a charged price has at most eight, an exchange rate ten, so
 * their product is a whole number here and nothing is rounded before routes are compared.
 */
export const COMPARED_DECIMALS = PRICE_DECIMALS + EXCHANGE_DECIMALS;
const ONE = powerOfTen(EXCHANGE_DECIMALS);

/** What a call of some length costs by one rate, in the rate's own currency. */
export class ExpectedCost {
  /** Integer of `10^-COMPARED_DECIMALS` units. */
  readonly compared: bigint;
  /** Six decimals. */
  readonly shown: string;
  #price = -1n;
  #margin = '';

  /** `cost` is an integer of 10^-8 money units. */
  constructor(
    readonly seconds: number,
    readonly cost: bigint,
  ) {
    this.compared = cost * ONE;
    this.shown = showAmount(cost, PRICE_DECIMALS, AMOUNT_DECIMALS);
  }

  /** What it leaves of a compared price in the same currency, six decimals; the last is remembered. */
  marginTo(price: bigint): string {
    if (this.#price !== price) {
      this.#margin = showCompared(price - this.compared);
      this.#price = price;
    }
    return this.#margin;
  }
}

const expectedCosts = new WeakMap<FrozenRate, ExpectedCost>();

/**
 * The charged price of a call of so many seconds. The last answer is remembered with the rate: calls
 * to one destination are expected to last equally long for minutes at a time.
 */
export function expectedCost(rate: FrozenRate, seconds: number): ExpectedCost {
  const known = expectedCosts.get(rate);
  if (known?.seconds === seconds) return known;
  const scale = powerOfTen(PRICE_DECIMALS - rate.terms.roundingDecimals);
  const found = new ExpectedCost(seconds, roundedCost(compileRate(rate), seconds) * scale);
  expectedCosts.set(rate, found);
  return found;
}

/**
 * A cost in another currency, as an integer of `10^-COMPARED_DECIMALS` units: exact.
 * @throws RangeError for a rate that is no plain decimal above zero of at most ten decimals.
 */
export function convert({ cost }: ExpectedCost, exchangeRate: string): bigint {
  return cost * parseExchangeRate(exchangeRate);
}

const MAX_PARSED = 512;
const parsedRates = new Map<string, bigint>();

function parseExchangeRate(text: string): bigint {
  const known = parsedRates.get(text);
  if (known !== undefined) return known;
  const parsed = parseScaled(text, EXCHANGE_DECIMALS);
  if (parsed <= 0n) throw new RangeError(`invalid_exchange_rate: '${text}' is not above zero`);
  if (parsedRates.size >= MAX_PARSED) parsedRates.clear();
  parsedRates.set(text, parsed);
  return parsed;
}

/** A compared amount for people: rounded half up to six decimals. */
export function showCompared(value: bigint): string {
  return showAmount(value, COMPARED_DECIMALS, AMOUNT_DECIMALS);
}

/** A compared amount as it is: eight decimals, and more only where an exchange rate left some. */
export function showExactly(value: bigint): string {
  return value % ONE === 0n
    ? scaledToFixed(value / ONE, PRICE_DECIMALS)
    : scaledToFixed(value, COMPARED_DECIMALS).replace(/0+$/, '');
}

function showAmount(value: bigint, from: number, decimals: number): string {
  return scaledToFixed(roundRatio(value, powerOfTen(from), decimals, 'half_up'), decimals);
}
