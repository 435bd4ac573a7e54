import type { FrozenRate } from '../deck/types.js';
import { powerOfTen, toRatio } from '../money.js';
import type { Decimal } from '../money.js';
import { costNumerator, roundedCost } from './call-cost.js';
import { compileRate } from './compiled-rate.js';
import type { CompiledRate } from './compiled-rate.js';

/** Which cost is compared with the money: as it would be charged, or exact before rounding. */
export interface AffordableOptions {
  readonly basis?: 'charged' | 'exact';
}

/**
 * The largest whole number of seconds, at most `capSeconds`, whose cost is not more than
 * `available`. Cost never falls as a call grows, so halving the interval finds it exactly. 0 when
 * not even the first block is covered; `capSeconds` where the destination is free. Negative money
 * counts as none: what costs nothing stays possible.
 */
export function affordableSeconds(
  rate: FrozenRate,
  available: Decimal,
  capSeconds: number,
  options: AffordableOptions = {},
): number {
  if (!Number.isSafeInteger(capSeconds) || capSeconds < 0) {
    throw new RangeError(`invalid_duration: cap ${String(capSeconds)} is no count of seconds`);
  }
  const compiled = compileRate(rate);
  const covers = buildCoverTest(compiled, available, options.basis ?? 'charged');
  if (covers(capSeconds)) return capSeconds;
  let covered = 0;
  let tooLong = capSeconds;
  while (tooLong - covered > 1) {
    const middle = covered + Math.floor((tooLong - covered) / 2);
    if (covers(middle)) covered = middle;
    else tooLong = middle;
  }
  return covered;
}

function buildCoverTest(
  compiled: CompiledRate,
  available: Decimal,
  basis: 'charged' | 'exact',
): (seconds: number) => boolean {
  const money = toRatio(available);
  const funds = money.numerator < 0n ? 0n : money.numerator;
  if (basis === 'exact') {
    const limit = funds * compiled.denominator;
    return (seconds) => costNumerator(compiled, seconds) * money.denominator <= limit;
  }
  const limit = funds * powerOfTen(compiled.rate.terms.roundingDecimals);
  return (seconds) => roundedCost(compiled, seconds) * money.denominator <= limit;
}
