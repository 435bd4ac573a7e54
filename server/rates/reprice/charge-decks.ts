import type { Queryable } from '../../../db/client.js';
import { loadActivations } from '../../../db/repositories/activations.js';
import type { ChargeToReprice } from '../../../db/repositories/leg-charges.js';
import { loadRowsForNumbers } from '../../../db/repositories/rate-rows-for-numbers.js';
import { loadSheetsById } from '../../../db/repositories/sheets-by-id.js';
import { buildDeck } from '../../../rating/deck/deck.js';
import { periodsOf, releaseAt } from '../../../rating/deck/timeline.js';
import type { ReleasePeriod } from '../../../rating/deck/timeline.js';
import type { DeckTerms } from '../../../rating/deck/types.js';
import { termsOf } from '../../snapshot/sheet-terms.js';
import { ratedNumber } from '../../../rating/deck/rated-number.js';
import type { RepriceDeck } from './reprice-charge.js';

export interface ChargeDecks {
  /** The release of the charge's sheet in force at the call's start; null where none was. */
  deckOf(charge: ChargeToReprice): RepriceDeck | null;
}

interface SheetHistory {
  readonly terms: DeckTerms;
  readonly periods: readonly ReleasePeriod[];
}

/**
 * The decks that price these charges by the activations and the terms of their sheets as they stand
 * now. Only rows that may match the numbers are read, so that a page of charges costs a few short
 * queries, however long the decks are.
 */
export async function loadChargeDecks(
  db: Queryable,
  charges: readonly ChargeToReprice[],
): Promise<ChargeDecks> {
  const sheets = await loadHistories(db, [...new Set(charges.map(({ sheetId }) => sheetId))]);
  const wanted = new Map<number, { readonly terms: DeckTerms; readonly numbers: Set<string> }>();
  for (const charge of charges) {
    const sheet = sheets.get(charge.sheetId);
    const releaseId = sheet && releaseOf(sheet, charge);
    if (sheet === undefined || releaseId === undefined || releaseId === null) continue;
    const deck = wanted.get(releaseId) ?? { terms: sheet.terms, numbers: new Set() };
    deck.numbers.add(ratedNumber(sheet.terms, charge));
    wanted.set(releaseId, deck);
  }
  const deckByRelease = new Map<number, RepriceDeck>();
  for (const [releaseId, { terms, numbers }] of wanted) {
    const rows = await loadRowsForNumbers(db, releaseId, numbers);
    deckByRelease.set(releaseId, buildDeck(terms, rows));
  }
  return {
    deckOf(charge) {
      const sheet = sheets.get(charge.sheetId);
      const releaseId = sheet && releaseOf(sheet, charge);
      return releaseId === undefined || releaseId === null
        ? null
        : (deckByRelease.get(releaseId) ?? null);
    },
  };
}

function releaseOf({ periods }: SheetHistory, { startUs }: ChargeToReprice): number | null {
  return releaseAt(periods, Math.floor(startUs / 1000));
}

async function loadHistories(
  db: Queryable,
  sheetIds: readonly number[],
): Promise<ReadonlyMap<number, SheetHistory>> {
  const activations = await loadActivations(db, sheetIds);
  const sheets = await loadSheetsById(db, sheetIds);
  return new Map(
    sheets.map((sheet) => {
      const own = activations.filter(({ sheetId }) => sheetId === sheet.id);
      return [sheet.id, { terms: termsOf(sheet), periods: periodsOf(own) }];
    }),
  );
}
