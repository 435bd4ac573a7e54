import { roundedCost } from '../call/call-cost.js';
import { compileRate } from '../call/compiled-rate.js';
import { EXCHANGE_DECIMALS, ExpectedCost } from '../call/expected-cost.js';
import { NOT_PLAIN, plainCost } from '../call/plain-cost.js';
import type { LocatedRate } from '../deck/located-rate.js';
import type { FrozenRate } from '../deck/types.js';
import { PRICE_DECIMALS, parseScaled, powerOfTen } from '../money.js';

const expectedCosts = new WeakMap<FrozenRate, ExpectedCost>();

/**
 * The charged price of a call of so many seconds. The last answer is remembered with the rate: calls
 * to one destination are expected to last equally long for minutes at a time.
 */
export function expectedCost(rate: FrozenRate, seconds: number): ExpectedCost {
  const known = expectedCosts.get(rate);
  if (known?.seconds === seconds) return known;
  const found = new ExpectedCost(seconds, costOf(rate, seconds));
  expectedCosts.set(rate, found);
  return found;
}

/** The same by a row of a deck: in small whole numbers where that is possible, else frozen. */
export function locatedCost(located: LocatedRate, seconds: number): ExpectedCost {
  if (located.expected?.seconds === seconds) return located.expected;
  const { plain } = located;
  const quick =
    plain === null ? NOT_PLAIN : plainCost(plain.shape, plain.ratePerMinute, plain.terms, seconds);
  const cost = quick === NOT_PLAIN ? costOf(located.rate, seconds) : quick;
  located.expected = new ExpectedCost(seconds, cost);
  return located.expected;
}

function costOf(rate: FrozenRate, seconds: number): bigint {
  const scale = powerOfTen(PRICE_DECIMALS - rate.terms.roundingDecimals);
  return roundedCost(compileRate(rate), seconds) * scale;
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
