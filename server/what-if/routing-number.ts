import type { Queryable } from '../../db/client.js';
import { sheetStore } from '../../db/repositories/admin/stores.js';
import { findRoutingNumbers } from '../../db/repositories/ported-numbers-read.js';
import { needsRoutingNumbers } from '../calls/routing-numbers.js';
import type { RatesSnapshot } from '../snapshot/snapshot.js';
import type { BaseSnapshot } from './load-base.js';

/**
 * How the number is found that a ported number is routed by. As for real calls it is looked up only
 * where some sheet is rated by it; without a node's decks the sheets themselves say whether one is.
 */
export async function routingNumberFinder(
  db: Queryable,
  base: BaseSnapshot,
  rates: RatesSnapshot | null,
): Promise<(number: string) => Promise<string | null>> {
  const isNeeded =
    rates === null ? await isAnySheetByRouting(db) : needsRoutingNumbers({ ...base, rates });
  if (!isNeeded) return () => Promise.resolve(null);
  return async (number) => (await findRoutingNumbers(db, [number])).get(number) ?? null;
}

async function isAnySheetByRouting(db: Queryable): Promise<boolean> {
  return (await sheetStore.findBy(db, { ratedOn: 'lrn' })) !== undefined;
}
