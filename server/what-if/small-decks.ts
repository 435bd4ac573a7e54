import type { Queryable } from '../../db/client.js';
import { loadActivations } from '../../db/repositories/activations.js';
import { sheetStore } from '../../db/repositories/admin/stores.js';
import { loadRowsForNumbers } from '../../db/repositories/rate-rows-for-numbers.js';
import { Deck } from '../../rating/deck/deck.js';
import { ReleaseIndexBuilder } from '../../rating/deck/release-index.js';
import { periodsOf, releaseAt } from '../../rating/deck/timeline.js';
import { termsOf } from '../snapshot/sheet-terms.js';

export interface SmallDeckQuestion {
  readonly atMs: number;
  /** Only rows that may price one of these numbers are read. */
  readonly numbers: readonly string[];
  /** A release taken to be in force for its sheet, whatever the activations say. */
  readonly suppose: { readonly sheetId: number; readonly releaseId: number } | null;
}

/**
 * The deck of a sheet as it is at one instant for a few numbers: the same class with the same terms
 * as the deck a node prices calls with, and of its rows all those that a look-up of these numbers
 * could come upon. Null where there is no such sheet.
 */
export async function loadSmallDeck(
  db: Queryable,
  sheetId: number,
  question: SmallDeckQuestion,
): Promise<Deck | null> {
  const sheet = await sheetStore.find(db, sheetId);
  if (sheet === undefined) return null;
  const { suppose, atMs, numbers } = question;
  const releaseId =
    suppose?.sheetId === sheetId
      ? suppose.releaseId
      : releaseAt(periodsOf(await loadActivations(db, [sheetId])), atMs);
  if (releaseId === null) return new Deck(termsOf(sheet), []);
  const builder = new ReleaseIndexBuilder();
  for (const row of await loadRowsForNumbers(db, releaseId, numbers)) builder.add(row);
  return new Deck(termsOf(sheet), [{ fromMs: Number.NEGATIVE_INFINITY, index: builder.build() }]);
}
