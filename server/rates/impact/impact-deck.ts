import type { ReleaseIndex } from '../../../rating/deck/release-index.js';
import { Deck } from '../../../rating/deck/deck.js';
import type { DeckTerms } from '../../../rating/deck/types.js';
import type { RepriceDeck } from '../reprice/reprice-charge.js';

const WEEK_MS = 7 * 86_400_000;

/**
 * A draft as a deck for calls of the past: they are priced as if they were made after it begins, at
 * the same hour of the same day of the week. Rows that begin or end by a date of their own would
 * otherwise be missing, and rows that are carried over until then would count for all of it.
 */
export function impactDeck(
  terms: DeckTerms,
  index: ReleaseIndex,
  period: { readonly fromMs: number; readonly beginMs: number },
): RepriceDeck {
  const deck = new Deck(terms, [{ fromMs: Number.NEGATIVE_INFINITY, index }]);
  const weeks = Math.ceil((period.beginMs - period.fromMs) / WEEK_MS);
  const shiftMs = Math.max(0, weeks) * WEEK_MS;
  return {
    terms,
    find: (number, atMs, jurisdiction) => deck.find(number, atMs + shiftMs, jurisdiction),
  };
}
