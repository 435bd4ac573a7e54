import { parseScaled } from '../money.js';
import type { FrozenRate, Jurisdiction, JurisdictionPrices } from '../deck/types.js';

/** Which of a row's three prices a call takes. */
export type JurisdictionColumn = NonNullable<FrozenRate['jurisdiction']>['column'];

/** In the order in which equal prices are named: what cannot be told is `indeterminate` by rights. */
const COLUMNS: readonly JurisdictionColumn[] = ['indeterminate', 'interstate', 'intrastate'];

/**
 * The column for a call: its own where the jurisdiction is known, else the dearest of the three, so
 * that not knowing a state never makes a call cheaper. Prices are compared exactly.
 */
export function chooseColumn(prices: JurisdictionPrices, call: Jurisdiction): JurisdictionColumn {
  if (call !== 'unknown') return call;
  return COLUMNS.reduce((dearest, column) =>
    parseScaled(prices[column]) > parseScaled(prices[dearest]) ? column : dearest,
  );
}
