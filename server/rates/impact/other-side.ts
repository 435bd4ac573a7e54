import type { ChargeToReprice } from '../../../db/repositories/leg-charges.js';
import type { ExchangeRates } from '../../../rating/exchange/exchange-rates.js';
import { parseScaled, roundRatio } from '../../../rating/money.js';

/**
 * Who stands on the other side of a charge within its leg. What a payer pays is set against what its
 * seller pays for the same call: the next payer's charge, or the carrier's where there is none. What a
 * carrier asks is set against what the last payer pays.
 */
export function otherSideOf(
  charge: ChargeToReprice,
  leg: readonly ChargeToReprice[],
): ChargeToReprice | undefined {
  if (charge.role !== 'carrier') {
    return (
      leg.find((other) => other.role !== 'carrier' && other.level === charge.level + 1) ??
      leg.find((other) => other.role === 'carrier')
    );
  }
  return leg
    .filter((other) => other.role !== 'carrier')
    .reduce<ChargeToReprice | undefined>(
      (last, other) => (last === undefined || other.level > last.level ? other : last),
      undefined,
    );
}

/**
 * The amount of a charge in another currency, in millionths, by the rate in force at its call's start;
 * null where there is none. Rounded half up once.
 */
export function amountIn(
  charge: ChargeToReprice,
  currency: string,
  rates: ExchangeRates,
): bigint | null {
  const millionths = parseScaled(charge.amount, 6);
  if (charge.currency === currency) return millionths;
  const rate = rates.rateAt(charge.currency, currency, Math.floor(charge.startUs / 1000));
  if (rate === null) return null;
  return roundRatio(millionths * parseScaled(rate, 10), 10n ** 10n, 0, 'half_up');
}
