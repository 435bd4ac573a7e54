import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../../../db/client.js';
import { carrierSheetIds } from '../../../db/repositories/preview-facts.js';
import { sheetStore } from '../../../db/repositories/admin/stores.js';
import { Deck } from '../../../rating/deck/deck.js';
import type { ReleaseIndex } from '../../../rating/deck/release-index.js';
import type { ExchangeRates } from '../../../rating/exchange/exchange-rates.js';
import { parseScaled, roundRatio, scaledToText } from '../../../rating/money.js';
import { loadReleaseIndex } from '../../snapshot/load-release.js';
import { termsOf } from '../../snapshot/sheet-terms.js';
import { releaseInForce } from '../activation/history.js';
import { referencePrice } from '../diff/reference-price.js';
import { MAX_EXAMPLES } from './increase-warnings.js';
import type { BelowCost, PreviewWarning } from './types.js';

/** Rows looked at before others get their turn. */
const SLICE_ROWS = 2000;
/** No carrier has the destination. */
const NO_COST = -1n;

export interface CostQuestion {
  readonly index: ReleaseIndex;
  readonly currency: string;
  /** When the draft begins: the carriers' prices of that instant count. */
  readonly beginMs: number;
  readonly nowMs: number;
  readonly rates: ExchangeRates;
  /** Told between slices of work, 0 to 1; may throw to stop. */
  onProgress(share: number): Promise<void>;
}

/**
 * Destinations of a client sheet that cost less than the cheapest active carrier asks for the same
 * prefix, by the reference calls. Carriers' decks are loaded one after the other; a prefix that no
 * carrier has, and one whose carriers have dearer longer prefixes only, is not judged.
 */
export async function belowCostWarning(
  database: Database,
  question: CostQuestion,
): Promise<PreviewWarning | null> {
  const { index } = question;
  const cheapest = new BigInt64Array(index.size).fill(NO_COST);
  const sheetIds = await carrierSheetIds(database.orm);
  for (const [place, sheetId] of sheetIds.entries()) {
    const costs = await carrierCosts(database, sheetId, question);
    if (costs === null) continue;
    for (let row = 0; row < index.size; row += 1) {
      const cost = costs(index.prefixOf(row));
      const known = cheapest[row] ?? NO_COST;
      if (cost !== null && (known === NO_COST || cost < known)) cheapest[row] = cost;
      if (row % SLICE_ROWS !== 0) continue;
      await question.onProgress((place + row / index.size) / sheetIds.length);
      await nextTurn();
    }
  }
  return warningOf(index, cheapest);
}

/** What a carrier's sheet asks for a prefix in the question's currency, or null for no such sheet. */
async function carrierCosts(
  database: Database,
  sheetId: number,
  { currency, beginMs, nowMs, rates }: CostQuestion,
): Promise<((prefix: string) => bigint | null) | null> {
  const sheet = await sheetStore.find(database.orm, sheetId);
  const releaseId = await releaseInForce(database.orm, sheetId, beginMs);
  if (sheet === undefined || releaseId === null) return null;
  const rate = rates.rateAt(sheet.currency, currency, nowMs);
  if (rate === null) return null;
  const index = await loadReleaseIndex(database, releaseId);
  const deck = new Deck(termsOf(sheet), [{ fromMs: Number.NEGATIVE_INFINITY, index }]);
  const factor = parseScaled(rate, 10);
  return (prefix) => {
    const row = deck.find(prefix, beginMs)?.row;
    if (row === undefined || row.blocked) return null;
    const { numerator, denominator } = referencePrice(row);
    return roundRatio(numerator * factor, denominator * 10n ** 10n, 8, 'half_up');
  };
}

function warningOf(index: ReleaseIndex, cheapest: BigInt64Array): PreviewWarning | null {
  const examples: BelowCost[] = [];
  let count = 0;
  for (let row = 0; row < index.size; row += 1) {
    const cost = cheapest[row] ?? NO_COST;
    if (cost === NO_COST) continue;
    const rateRow = index.rowAt(row);
    if (rateRow.blocked) continue;
    const { numerator, denominator } = referencePrice(rateRow);
    const price = roundRatio(numerator, denominator, 8, 'half_up');
    if (price >= cost) continue;
    count += 1;
    if (examples.length >= MAX_EXAMPLES) continue;
    const { prefix, destination } = rateRow;
    examples.push({ prefix, destination, price: scaledToText(price), cost: scaledToText(cost) });
  }
  return count === 0 ? null : { code: 'below_cost', count, examples };
}
