import type { SheetRow } from '../../db/repositories/snapshot.js';
import type { DeckTerms } from '../../rating/deck/types.js';

/** What a rate sheet says about every one of its rows, as the rating core wants it. */
export function termsOf(sheet: SheetRow): DeckTerms {
  return {
    sheetId: sheet.id,
    sheetName: sheet.name,
    currency: sheet.currency,
    timeZone: sheet.timeZone,
    durationRounding: sheet.durationRounding,
    roundingMode: sheet.roundingMode,
    roundingDecimals: sheet.roundingDecimals,
    timeOfDayPolicy: sheet.timeOfDayPolicy,
    taxPercent: sheet.taxPercent,
    taxMode: sheet.taxMode,
    ratedOn: sheet.ratedOn,
  };
}
